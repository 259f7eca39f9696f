"""Assets of the group `evaluation`: the back-test, and the record of the training."""
