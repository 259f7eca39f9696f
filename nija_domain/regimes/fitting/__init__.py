"""Offline: how regime models are fitted, chosen and judged."""
