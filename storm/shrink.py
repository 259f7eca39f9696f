"""Finds the shortest prefix of a seed's faults that still fails."""

from storm.run import play_seed


def shortest_prefix(seed: int) -> int | None:
    """How many of its first faults suffice; None where the seed does not fail at all.

    Fewer faults may fail where more do not, so each length is tried, the shortest first.
    """
    faults = play_seed(seed).faults
    return next((n for n in range(faults + 1) if play_seed(seed, faults=n).wrong), None)
