"""Files of candles: CSV, Parquet, and the archives that exchanges publish."""
