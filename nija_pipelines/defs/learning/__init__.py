"""Assets of the group `learning`: fills and trades, from the journal into the lake."""
