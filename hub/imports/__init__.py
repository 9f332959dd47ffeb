"""A file of many requests: read, checked, reviewed, and raised when a person approves it."""
