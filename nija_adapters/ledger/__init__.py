"""The ledger on disk: one chained file of JSON lines that any process may append to."""
