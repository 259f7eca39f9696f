"""Reads settings from a TOML section and the environment, and checks every key."""
