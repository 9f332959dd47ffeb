"""Property tests of the rules: how Hypothesis is to run them."""

from hypothesis import settings

# No deadline per example: a busy machine is not a broken rule.
settings.register_profile("hub", deadline=None)
settings.load_profile("hub")
