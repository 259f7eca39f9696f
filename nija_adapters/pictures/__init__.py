"""Pictures of what was learned, as PNG."""
