"""Assets of the group `snapshot`: what one training reads, pinned before it is read."""
