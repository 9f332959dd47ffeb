"""A clinician's day: read it in order with reasons; start, pause, wait, resume."""
