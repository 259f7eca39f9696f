"""Offline: what the scanner reads of a history."""
