"""The nightly strategist: what to try next, whether its code may run, and what came of it."""
