"""Assets of the group `evolution`: the nightly proposal and its verdict."""
