"""One taxonomy: the market's state by the symbol's state is the capital regime."""

from collections.abc import Mapping
from functools import cache
from typing import Literal

CapitalRegime = Literal["BULL_TRENDING", "RANGING", "VOLATILE", "BEAR_TRENDING", "CRISIS"]

MACRO_STATES = ("Calm", "Trend", "Chaos")
MICRO_STATES = ("Bull", "Bear", "Chop")
ALLOCATION: dict[str, float] = {
    "BULL_TRENDING": 1.0,
    "RANGING": 0.6,
    "VOLATILE": 0.4,
    "BEAR_TRENDING": 0.3,
    "CRISIS": 0.1,
}
QUIET: dict[str, CapitalRegime] = {
    "Bull": "BULL_TRENDING",
    "Bear": "BEAR_TRENDING",
    "Chop": "RANGING",
}
STORMY: dict[str, CapitalRegime] = {"Bull": "VOLATILE", "Bear": "CRISIS", "Chop": "VOLATILE"}
CALM_MARKET: dict[str, float] = {"Calm": 1.0}


@cache
def capital_regime(macro: str, micro: str) -> CapitalRegime:
    """Whatever has no name here is met as the worst: Chaos, and Bear; `Chop 2` is a Chop."""
    of_micro = QUIET if macro in {"Calm", "Trend"} else STORMY
    return of_micro.get(micro.partition(" ")[0], of_micro["Bear"])


def capital_regime_probs(
    macro_probs: Mapping[str, float], micro_probs: Mapping[str, float]
) -> dict[str, float]:
    """The probability of each capital regime, market and symbol taken as independent."""
    probs: dict[str, float] = dict.fromkeys(ALLOCATION, 0.0)
    for macro, macro_prob in macro_probs.items():
        for micro, micro_prob in micro_probs.items():
            probs[capital_regime(macro, micro)] += macro_prob * micro_prob
    return probs


def joint_regime_probs(joint: Mapping[tuple[str, str], float]) -> dict[str, float]:
    """The probability of each capital regime, from that of each pair of market and symbol."""
    probs: dict[str, float] = dict.fromkeys(ALLOCATION, 0.0)
    for (macro, micro), probability in joint.items():
        probs[capital_regime(macro, micro)] += probability
    return probs
