"""Assets of the group `lake`: its upkeep."""
