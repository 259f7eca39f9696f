"""The lake: candles, features and feedback in DuckLake tables, where every commit is a snapshot."""
