"""The decision core: orders, positions, stops, and the fill model that all shells share."""
