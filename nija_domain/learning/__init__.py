"""What is learned from what became of the decisions."""
