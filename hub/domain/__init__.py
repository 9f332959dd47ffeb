"""The rules in plain Python: no Flask, no SQL, no clock of their own."""
