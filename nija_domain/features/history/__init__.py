"""Offline: feature rows of whole histories, compiled."""
