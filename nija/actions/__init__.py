"""What a command does, free of its options and of how its answer is printed."""
