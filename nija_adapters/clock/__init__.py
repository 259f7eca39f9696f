"""Venue time and wall time; nothing else in the house reads a clock."""
