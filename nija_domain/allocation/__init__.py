"""Who may have how much of the capital: agents' records, the governor, symbols' risk."""
