"""Whether candles may be believed: one contract for ingestion, import and asset checks."""
