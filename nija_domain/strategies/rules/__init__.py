"""One file per rule strategy."""
