"""How much money may stand behind a wish, and the limits that nothing passes."""
