"""What a sample may be said to show: how much must be seen, and how sure it is then."""
