"""Assets of the group `universe`: what may be traded."""
