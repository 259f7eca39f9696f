"""One folder per neighbour: talk to it, check what it sends, decide nothing."""
