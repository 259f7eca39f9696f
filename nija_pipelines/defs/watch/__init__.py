"""Assets of the group `watch`: the health of the candles, and what calls for a training."""
