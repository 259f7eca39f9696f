"""One folder per neighbour: talk to it, parse at the door, verify; decide nothing."""
