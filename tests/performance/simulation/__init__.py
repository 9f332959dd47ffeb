"""A simulated hub: sixty people, eighty practices, sixty working days, under one ordering rule or another.

Time is working minutes: a day has 600, minute 0 is the start of the first day, and night and weekend do
not exist. `world` draws what happens, `engine` lets a policy work on it, `score` counts.
"""
