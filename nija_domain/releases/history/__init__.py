"""Offline: the states of a release at the end of a history."""
