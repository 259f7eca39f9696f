"""What the executor reads in a turn: release, directives, pairs, orders, balances, candles."""
