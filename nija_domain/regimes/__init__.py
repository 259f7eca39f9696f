"""Which state the market is in: a hidden Markov model, filtered forward and never smoothed."""
