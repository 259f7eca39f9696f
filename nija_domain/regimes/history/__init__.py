"""Offline: a model read over whole histories."""
