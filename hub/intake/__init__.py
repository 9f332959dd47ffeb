"""A request becomes a task, or comes back with clear errors."""
