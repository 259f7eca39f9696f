"""Dagster: when, on what slice, under which checks."""
