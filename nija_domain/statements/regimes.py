"""What the filters believe now: of the market, and of each symbol."""

import msgspec

from nija_domain.trading.market_rows import market_probs_of, regime_probs_of
from nija_domain.trading.state import State


class MarketMood(msgspec.Struct, frozen=True):
    """The likeliest state of the whole market, and how sure the filter is of it."""

    state: str
    confidence: float


def read_mood(state: State) -> MarketMood | None:
    """None where the release has no model of the market: a mean of symbols is no belief."""
    if state.market is None:
        return None
    probs = market_probs_of(state)
    likeliest = max(probs, key=lambda name: probs[name])
    return MarketMood(likeliest, probs[likeliest])


def regime_confidence(state: State, symbol: str) -> float | None:
    """How sure the filter is of the symbol's regime; None before it has one."""
    if not state.symbols[symbol].regime:
        return None
    return max(regime_probs_of(state, symbol).values())


def regime_number(state: State, symbol: str) -> int | None:
    """The place of the symbol's regime in the release's order: Bull, Bear, Chop."""
    market = state.symbols[symbol]
    if state.release is None or not market.regime:
        return None
    return state.release.content.regimes.state_names.index(market.regime)
