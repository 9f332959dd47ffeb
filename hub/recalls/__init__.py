"""Recurring requests: a practice says once what is due again and again, and the hub raises it."""
