"""Candles, instruments, money and time: what the market gives and how it is counted."""
