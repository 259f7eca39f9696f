"""Assets of the group `capital`: the weights of agents and symbols."""
