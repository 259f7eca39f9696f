"""Assets of the group `features`: candles as feature tables."""
