"""What people and monitors see of the trading; it reads the journal and sends nothing."""
