"""Assets of the group `regimes`: the trained models and their pictures."""
