"""One file per feature; a file that is added here is a feature that exists."""
