"""Log lines for people and machines."""
