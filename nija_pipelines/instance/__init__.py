"""How Dagster itself is run here: its storage, its launcher, its retries."""
