"""Releases on disk: signed, written once, verified at each load."""
