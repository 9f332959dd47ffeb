"""The whole journey in a real browser, against real web and worker processes."""
