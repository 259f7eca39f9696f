"""The regimes of each symbol over the last day, as colored strips."""

from collections.abc import Sequence

import msgspec

from nija_domain.events.records import RegimeChanged
from nija_domain.market.timeframes import DAY_US
from nija_domain.statements.regimes import regime_confidence
from nija_domain.statements.statement import Statement


class Span(msgspec.Struct, frozen=True):
    """A part of a strip in one regime, in percent."""

    left: float
    width: float
    regime: str


class Ribbon(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol: its regime now, how probable it is, and the last day."""

    symbol: str
    regime: str
    confidence: float | None
    spans: tuple[Span, ...]


def draw_ribbons(statement: Statement) -> tuple[Ribbon, ...]:
    """One strip per symbol, all over the same span of time."""
    state, changes = statement.state, statement.regimes
    if not changes or not state.market.symbols:
        return ()
    last_us = max(statement.last.at_us if statement.last else 0, changes[-1].at_us)
    first_us = max(changes[0].at_us, last_us - DAY_US)
    return tuple(
        Ribbon(
            symbol=symbol,
            regime=state.market.symbols[symbol].regime,
            confidence=regime_confidence(state, symbol),
            spans=_spans([c for c in changes if c.symbol == symbol], first_us, last_us),
        )
        for symbol in sorted(state.market.symbols)
    )


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
