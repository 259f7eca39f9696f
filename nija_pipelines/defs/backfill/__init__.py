"""Assets of the group `backfill`: history by day and symbol, filled in by hand."""
