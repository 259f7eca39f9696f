"""What the words mean and what follows from them: frozen values, pure functions."""
