"""What became of a practice's (or a network's) requests, from events and outcomes."""
