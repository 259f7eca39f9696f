"""The folder that holds all state, and the path of everything in it."""
