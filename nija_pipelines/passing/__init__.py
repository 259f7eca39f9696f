"""What travels between assets, and what they show of it."""
