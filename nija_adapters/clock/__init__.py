"""Venue time and wall time. Nothing else reads a clock."""
