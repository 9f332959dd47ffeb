"""A made-up hub to try: networks, practices, people, patients and a day's work. Never in production."""
