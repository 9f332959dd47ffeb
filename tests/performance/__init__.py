"""Measurements, printed as one JSON object a line; nothing here asserts a time."""
