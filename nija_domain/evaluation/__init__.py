"""The back-test: the decision core, fed with history."""
