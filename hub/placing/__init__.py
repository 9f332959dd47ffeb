"""Runs the rules on stored tasks; take, hand over, release, hold, pin."""
