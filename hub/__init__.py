"""The web application: a work queue for a remote pharmacy hub."""
