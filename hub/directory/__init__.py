"""Networks, practices and how to get into each, contracts, ODS files."""
