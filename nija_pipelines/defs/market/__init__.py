"""Assets of the group `market`: candles from the venue."""
