"""What one promoted bundle is, and whether it is whole."""
