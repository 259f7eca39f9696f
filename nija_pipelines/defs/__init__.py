"""One module a station; they meet by asset key."""
