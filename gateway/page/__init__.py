"""The page for people: what it shows, how it is drawn, and its addresses."""
