"""Files for a practice's own tools, and what comes back from them."""
