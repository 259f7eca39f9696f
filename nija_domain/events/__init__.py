"""The journal's records: flat, versioned, chained by hash."""
