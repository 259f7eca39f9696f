"""Exchanges, through the library ccxt, in the types of the domain."""
