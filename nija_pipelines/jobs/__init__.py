"""When: what a job selects, its schedule, and the sensors that ask for it."""
