"""What a candle changes: features, filters and marks of its symbol."""

from math import isnan

from msgspec.structs import replace

from nija_domain.events.records import CandleClosed
from nija_domain.events.session_records import AGENTS_IN_CORE
from nija_domain.features.stream import step_features
from nija_domain.market.candles import Bar
from nija_domain.market.quality.steps import is_step
from nija_domain.regimes.filter import step_filter
from nija_domain.regimes.hierarchy import step_micro
from nija_domain.trading.activation import begin_anew
from nija_domain.trading.book import Book
from nija_domain.trading.market import ActiveRelease, SymbolState
from nija_domain.trading.market_rows import with_market_row, with_pending_bar
from nija_domain.trading.state import State

BAND_CLOSES = 5
"""The median of so many closes is the price that an entry's price is compared with."""

GAP_BARS_MAX = 12
"""In so many bars perhaps nobody traded; after more, what the features remember is not theirs."""


def take_candle(state: State, event: CandleClosed) -> State:
    """The row of the bar before is made first, because this candle overwrites its inputs."""
    known, release = state.market.symbols.get(event.symbol), state.release
    if known is None or release is None or event.ts_us <= known.ts_us:
        return state
    if event.symbol in state.restrictions.stepped:
        return state
    if _steps(known, release, event):
        stepped = state.restrictions.with_step(event.symbol, event.ts_us)
        return replace(state, restrictions=stepped)
    missing = _missing_bars(known, release, event)
    if missing > GAP_BARS_MAX and state.rules >= AGENTS_IN_CORE:
        known = begin_anew(replace(known, missing_bars=missing), release.content)
    market = with_market_row(state.market, through_us=event.ts_us - 1)
    symbols = {**market.symbols, event.symbol: _step_symbol(known, release, event)}
    market = with_pending_bar(replace(market, symbols=symbols), event.symbol, ts_us=event.ts_us)
    return replace(state, market=market, book=_with_extremes(state.book, event))


def _step_symbol(known: SymbolState, release: ActiveRelease, event: CandleClosed) -> SymbolState:
    content = release.content
    bar = Bar(event.open, event.high, event.low, event.close, event.volume)
    features, values = step_features(known.features, bar, content.feature_names)
    row = release.regime_row(values)
    is_newest = event.ts_us > known.marked_us
    return SymbolState(
        ts_us=event.ts_us,
        close=event.close,
        features=features,
        values=values,
        filtered=step_filter(content.regimes, known.filtered, row),
        micro=step_micro(content.hierarchy, known.micro, row) if content.hierarchy else {},
        marked_us=event.ts_us if is_newest else known.marked_us,
        mark_price=event.close if is_newest else known.mark_price,
        regime=known.regime,
        missing_bars=known.missing_bars if _is_cold(known, values) else 0,
        closes_before=(*known.closes_before, known.close)[-BAND_CLOSES:],
    )


def _is_cold(known: SymbolState, values: tuple[float, ...]) -> bool:
    """Whether a gap was not long enough ago for every feature."""
    return known.missing_bars > 0 and any(map(isnan, values))


def _missing_bars(known: SymbolState, release: ActiveRelease, event: CandleClosed) -> int:
    return (event.ts_us - known.ts_us) // release.content.timeframe_us - 1


def _steps(known: SymbolState, release: ActiveRelease, event: CandleClosed) -> bool:
    """A price in another unit is no return, worth or feature; no later bar is waited for."""
    confirmed_us = release.content.confirmed_steps.get(event.symbol, ())
    return is_step(known.close, event.close) and event.ts_us not in confirmed_us


def _with_extremes(book: Book, event: CandleClosed) -> Book:
    """The worst and the best price of each position; a bar that it opened in does not count."""
    for position in book.held_in(event.symbol):
        if position.opened_us > event.ts_us:
            continue
        lowest, highest = position.lowest, position.highest
        book = book.with_position(
            replace(
                position,
                lowest=event.low if lowest is None else min(lowest, event.low),
                highest=event.high if highest is None else max(highest, event.high),
            )
        )
    return book
