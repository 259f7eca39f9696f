"""States have no order of their own: their statistics give them their places and names."""

from collections.abc import Sequence

BULL, BEAR, CHOP = "Bull", "Bear", "Chop"

RETURN_FEATURE = "log_return"


def rank_states(
    means: Sequence[Sequence[float]], *, feature_names: Sequence[str]
) -> tuple[int, ...]:
    """The states in their lasting order: highest mean return, lowest, then the rest downward."""
    column = feature_names.index(RETURN_FEATURE)
    falling = sorted(
        range(len(means)), key=lambda state: (means[state][column], *means[state]), reverse=True
    )
    return (falling[0], *falling[:0:-1][:1], *falling[1:-1])


def name_states(states: int) -> tuple[str, ...]:
    """The names of so many ranked states; further ones between the extremes are numbered."""
    further = tuple(f"{CHOP} {number}" for number in range(2, states - 1))
    return (BULL, BEAR, CHOP, *further)[:states]
