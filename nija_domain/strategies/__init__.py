"""The contract for signals, and the rule strategies."""
