"""One folder per neighbour: talk, parse at the door, verify; no decisions."""
