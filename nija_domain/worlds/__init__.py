"""Market worlds: seeded candles whose true regimes are known."""
