"""What runs: services and their supervisor, the demo, the checks before a start."""
