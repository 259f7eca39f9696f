"""Offline: rule strategies over whole histories, compiled."""
