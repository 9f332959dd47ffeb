"""When open work will be done, how likely it is late, and how good such predictions were."""
