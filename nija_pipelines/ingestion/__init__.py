"""Candles from a venue into the lake."""
