"""One folder per neighbour: talk to it, parse and verify at the door, decide nothing."""
