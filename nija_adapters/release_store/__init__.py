"""Releases on disk: signed, written once, named by channels, verified at each loading."""
