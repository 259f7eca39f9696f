"""Each symbol's regimes over the last day, as spans of one strip."""

from collections.abc import Sequence

import msgspec

from nija_domain.events.records import RegimeChanged
from nija_domain.market.timeframes import DAY_US
from nija_domain.statements.statement import Picture
from nija_domain.trading.market_rows import market_probs_of, regime_probs_of
from nija_domain.trading.state import State


class Span(msgspec.Struct, frozen=True):
    """Percent of the strip."""

    left: float
    width: float
    regime: str


class Ribbon(msgspec.Struct, frozen=True, kw_only=True):
    """The regime of now, how sure the filter is of it, and what came before."""

    symbol: str
    regime: str
    confidence: float | None
    spans: tuple[Span, ...]


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


def draw_ribbons(picture: Picture) -> tuple[Ribbon, ...]:
    """All strips share one span of time, up to the newest candle."""
    state, changes = picture.state, picture.regimes
    if not changes or not state.symbols:
        return ()
    last_us = max(picture.last.at_us if picture.last else 0, changes[-1].at_us)
    first_us = max(changes[0].at_us, last_us - DAY_US)
    return tuple(
        Ribbon(
            symbol=symbol,
            regime=state.symbols[symbol].regime,
            confidence=_confidence(state, symbol),
            spans=_spans([c for c in changes if c.symbol == symbol], first_us, last_us),
        )
        for symbol in sorted(state.symbols)
    )


def _confidence(state: State, symbol: str) -> float | None:
    if not state.symbols[symbol].regime:
        return None
    return max(regime_probs_of(state, symbol).values())


def _spans(changes: Sequence[RegimeChanged], first_us: int, last_us: int) -> tuple[Span, ...]:
    ends_us = [change.at_us for change in changes[1:]] + [last_us]
    length_us = max(1, last_us - first_us)
    spans = []
    for change, end_us in zip(changes, ends_us, strict=True):
        start_us = max(change.at_us, first_us)
        if end_us > start_us:
            left, width = (start_us - first_us) / length_us, (end_us - start_us) / length_us
            spans.append(Span(round(100 * left, 2), round(100 * width, 2), change.regime))
    return tuple(spans)
