"""The market as its symbols show it, until a release carries a model of the whole market."""

from collections.abc import Iterable, Mapping

from nija_domain.capital.capital_regimes import CALM_MARKET

MARKET_OF_SYMBOL = {"Bull": "Trend", "Bear": "Chaos"}


def market_of_symbols(filtered_probs: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Mean probabilities: rising symbols are a Trend, falling ones Chaos, and the rest is Calm."""
    known = list(filtered_probs)
    if not known:
        return {**CALM_MARKET}
    market = {"Calm": 0.0, "Trend": 0.0, "Chaos": 0.0}
    count = len(known)
    for probs in known:
        for state, probability in probs.items():
            market[MARKET_OF_SYMBOL.get(state, "Calm")] += probability / count
    return market
