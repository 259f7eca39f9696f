"""From what happened to better decisions."""
