"""Assets of the group `policies`: the calibrated head and the presets that compete."""
