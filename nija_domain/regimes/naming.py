"""States have no order of their own: their statistics give them their places and names."""

from collections.abc import Sequence

from nija_domain.errors import NijaError

BULL, BEAR, CHOP = "Bull", "Bear", "Chop"

RETURN_FEATURE, MARKET_RETURN_FEATURE = "log_return", "mean_return"


def rank_states(
    means: Sequence[Sequence[float]], *, feature_names: Sequence[str]
) -> tuple[int, ...]:
    """The states in their lasting order: highest mean return, lowest, then the rest downward."""
    column = return_column(feature_names)
    falling = sorted(
        range(len(means)), key=lambda state: (means[state][column], *means[state]), reverse=True
    )
    return (falling[0], *falling[:0:-1][:1], *falling[1:-1])


def name_states(states: int) -> tuple[str, ...]:
    """The names of so many ranked states; further ones between the extremes are numbered."""
    further = tuple(f"{CHOP} {number}" for number in range(2, states - 1))
    return (BULL, BEAR, CHOP, *further)[:states]


def rank_market_states(
    means: Sequence[Sequence[float]],
    variances: Sequence[Sequence[float]],
    *,
    feature_names: Sequence[str],
) -> tuple[int, ...]:
    """Calm, Trend, Chaos: Chaos moves most; of the others Trend leans most for how it moves."""
    column = return_column(feature_names)
    by_spread = sorted(range(len(means)), key=lambda state: (variances[state][column], state))
    *quiet, chaos = by_spread
    leaning = sorted(
        quiet, key=lambda state: abs(means[state][column]) / variances[state][column] ** 0.5
    )
    return (*leaning, chaos)


def return_column(feature_names: Sequence[str]) -> int:
    """Where the return stands that a model's states are named by, a symbol's or the market's."""
    for name in (RETURN_FEATURE, MARKET_RETURN_FEATURE):
        if name in feature_names:
            return feature_names.index(name)
    raise NijaError(
        f"none of {', '.join(feature_names)} is a return, by which states are named;"
        f" fit with {RETURN_FEATURE} or {MARKET_RETURN_FEATURE} among the features"
    )
