"""The same work as a peer would do it, in its own best words."""
