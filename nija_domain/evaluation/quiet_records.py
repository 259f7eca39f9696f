"""What a session records of quiet bars."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from nija_domain.evaluation.foresight import Foresight
from nija_domain.events import records as ev
from nija_domain.market.candles import FloatColumn
from nija_domain.releases.content import ReleaseContent
from nija_domain.trading.digests import hash_of
from nija_domain.trading.state import State


def records_of(
    state: State,
    content: ReleaseContent,
    seen: Mapping[str, Foresight],
    rows: range,
    marks: Sequence[ev.EquityMarked],
) -> Iterator[ev.JournalEvent]:
    """What the core would have recorded: candles, the bar's end, its digest, mark and decision."""
    known = state.market.symbols
    told = {
        symbol: [*_told(known[symbol].regime, content, seen[symbol], rows)]
        for symbol in sorted(seen)
    }
    for place, mark in enumerate(marks):
        digests = {}
        for symbol, of_symbol in told.items():
            candle, change, digests[symbol] = of_symbol[place]
            yield candle
            if change is not None:
                yield change
        at_us, ts_us = mark.at_us, candle.ts_us
        yield ev.BarClosed(at_us=at_us, ts_us=ts_us)
        yield ev.BarDigested(at_us=at_us, ts_us=ts_us, symbols=digests, market=None)
        yield mark
        yield ev.DecisionDue(at_us=at_us, ts_us=ts_us)


def _told(
    regime: str, content: ReleaseContent, seen: Foresight, rows: range
) -> Iterator[tuple[ev.CandleClosed, ev.RegimeChanged | None, ev.Digest]]:
    """Of one symbol at each row: its candle, its change of regime, and its digest."""
    frame_us, window = content.timeframe_us, slice(rows.start, rows.stop)
    history, names, symbol = seen.history, content.regimes.state_names, seen.history.symbol
    columns = (history.ts_us, history.open, history.high, history.low, history.close)
    candles = zip(*(c[window].tolist() for c in (*columns, history.volume)), strict=True)
    beliefs, digests = seen.beliefs[window].tolist(), _digests(seen, window)
    for (ts_us, open_, high, low, close, volume), believed, digest in zip(
        candles, beliefs, digests, strict=True
    ):
        at_us, change, most = ts_us + frame_us, None, max(believed)
        if names[believed.index(most)] != regime:
            regime = names[believed.index(most)]
            change = ev.RegimeChanged(at_us=at_us, symbol=symbol, regime=regime, probability=most)
        candle = ev.CandleClosed(
            at_us=at_us,
            symbol=symbol,
            ts_us=ts_us,
            open=open_,
            high=high,
            low=low,
            close=close,
            volume=volume,
        )
        yield candle, change, digest


def _digests(seen: Foresight, window: slice) -> Iterator[ev.Digest]:
    warming = np.isnan(seen.values[window]).sum(axis=1).tolist()
    features, beliefs = _hashes(seen.values[window]), _hashes(seen.beliefs[window])
    yield from map(ev.Digest, features, beliefs, warming)


def _hashes(rows: FloatColumn) -> Iterator[str]:
    """Of the bits of each row, except that every NaN is the same one."""
    width = 8 * rows.shape[1]
    packed = np.where(np.isnan(rows), np.nan, rows).astype("<f8").tobytes()
    for start in range(0, len(packed), width):
        yield hash_of(packed[start : start + width])
