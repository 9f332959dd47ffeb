"""What was done, recorded once, corrected only by a further event."""
