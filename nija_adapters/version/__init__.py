"""Which code this is."""
