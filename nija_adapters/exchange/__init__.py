"""The exchange: Kraken through ccxt, in the domain's words."""
