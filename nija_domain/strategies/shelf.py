"""The rule strategies by name."""

from nija_domain.errors import ReleaseInvalid
from nija_domain.strategies import trend
from nija_domain.strategies.contract import Strategy

STRATEGIES: dict[str, Strategy] = {"trend": trend.give_signals}


def strategy_named(name: str) -> Strategy:
    if name not in STRATEGIES:
        known = ", ".join(sorted(STRATEGIES))
        raise ReleaseInvalid(f"strategy {name!r} is not shipped here; known: {known}")
    return STRATEGIES[name]
