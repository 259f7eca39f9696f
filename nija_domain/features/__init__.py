"""From candles to feature rows: one step function per feature, for history and for the hour."""
