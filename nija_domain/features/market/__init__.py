"""One file per market-wide feature; a file that is added here is a feature that exists."""
