"""Settings at the door: a TOML section, then the environment, checked key by key."""
