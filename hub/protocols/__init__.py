"""Per kind: questions, clocks, stages, checklist, outcomes and codes, as versioned data."""
