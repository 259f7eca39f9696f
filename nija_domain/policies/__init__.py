"""Features and regimes to a wish: how much exposure a symbol deserves now."""
