"""What the filters estimate now: the state of the market, and each symbol's regime."""

import msgspec

from nija_domain.trading.market_rows import market_probs_of, regime_probs_of
from nija_domain.trading.state import State


class MarketMood(msgspec.Struct, frozen=True):
    """The likeliest state of the market, with its probability."""

    state: str
    confidence: float


def read_mood(state: State) -> MarketMood | None:
    """That state; None if the release has no model of the market."""
    if state.market.whole is None:
        return None
    probs = market_probs_of(state.market)
    likeliest = max(probs, key=lambda name: probs[name])
    return MarketMood(likeliest, probs[likeliest])


def regime_confidence(state: State, symbol: str) -> float | None:
    """The probability of the symbol's regime; None before it has one."""
    if not state.market.symbols[symbol].regime:
        return None
    return max(regime_probs_of(state.market, symbol).values())


def regime_number(state: State, symbol: str) -> int | None:
    """The symbol's regime as a number: 0 Bull, 1 Bear, 2 Chop."""
    symbol_state = state.market.symbols[symbol]
    if state.release is None or not symbol_state.regime:
        return None
    return state.release.content.regimes.state_names.index(symbol_state.regime)
