"""The candidate slots on disk: who is tried on paper beside the active strategy."""
