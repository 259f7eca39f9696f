"""Reads candle files: CSV, Parquet, Feather, and the archives that exchanges publish."""
