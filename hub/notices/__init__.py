"""What people are told of without asking: the inbox, and letters that carry counts and a link."""
