"""The rule strategies by name."""

from math import isfinite

from nija_domain.errors import ReleaseInvalid
from nija_domain.strategies import trend
from nija_domain.strategies.contract import Strategy, StrategyChoice

STRATEGIES: dict[str, Strategy] = {"trend": trend.give_signals}
PARAMETERS: dict[str, tuple[str, ...]] = {"trend": trend.PARAMETERS}


def strategy_named(name: str) -> Strategy:
    if name not in STRATEGIES:
        known = ", ".join(sorted(STRATEGIES))
        raise ReleaseInvalid(f"strategy {name!r} is unknown to this version; known: {known}")
    return STRATEGIES[name]


def check_choice(choice: StrategyChoice) -> None:
    """Raises `ReleaseInvalid` if the strategy is unknown or one of its numbers is missing."""
    strategy_named(choice.name)
    for name in PARAMETERS[choice.name]:
        value = choice.parameters.get(name)
        if value is None or not isfinite(value):
            raise ReleaseInvalid(
                f"parameter {name} of strategy {choice.name} is {value}; give it a finite number"
            )
