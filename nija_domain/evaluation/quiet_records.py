"""What a session records of quiet bars."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nija_domain.events import records as ev
from nija_domain.market.candles import CandleHistory, FloatColumn
from nija_domain.releases.content import ReleaseContent
from nija_domain.trading.digests import hash_of
from nija_domain.trading.state import State

if TYPE_CHECKING:
    from nija_domain.evaluation.foresight import Foresight


def records_of(
    state: State,
    content: ReleaseContent,
    seen: "Mapping[str, Foresight]",
    rows: range,
    marks: Sequence[ev.EquityMarked],
) -> list[ev.JournalEvent]:
    """What the core would have recorded: candles, the bar's end, its digest, mark and decision."""
    symbols = sorted(seen)
    changes = {
        symbol: _changes(state.market.symbols[symbol].regime, content, seen[symbol], rows)
        for symbol in symbols
    }
    made: list[ev.JournalEvent] = []
    for row, mark in zip(rows, marks, strict=True):
        digests = {}
        for symbol in symbols:
            foresight = seen[symbol]
            candle, digests[symbol] = foresight.candles[row], foresight.digests[row]
            made.append(candle)
            if row in changes[symbol]:
                made.append(changes[symbol][row])
        at_us, ts_us = mark.at_us, candle.ts_us
        made += (
            ev.BarClosed(at_us=at_us, ts_us=ts_us),
            ev.BarDigested(at_us=at_us, ts_us=ts_us, symbols=digests, market=None),
            mark,
            ev.DecisionDue(at_us=at_us, ts_us=ts_us),
        )
    return made


def _changes(
    regime: str, content: ReleaseContent, seen: "Foresight", rows: range
) -> dict[int, ev.RegimeChanged]:
    """The rows at which another regime is the likeliest than before."""
    names, likeliest = content.regimes.state_names, seen.likeliest[rows.start : rows.stop]
    first = names.index(regime) if regime in names else -1
    changed = rows.start + np.flatnonzero(np.diff(likeliest, prepend=first))
    return {
        row: ev.RegimeChanged(
            at_us=seen.candles[row].at_us,
            symbol=seen.history.symbol,
            regime=names[seen.likeliest[row]],
            probability=float(seen.beliefs[row, seen.likeliest[row]]),
        )
        for row in changed.tolist()
    }


def candles_of(history: CandleHistory, frame_us: int) -> tuple[ev.CandleClosed, ...]:
    """Each candle as it is observed when it has closed."""
    numbers = (history.open, history.high, history.low, history.close, history.volume)
    columns = (column.tolist() for column in (history.ts_us, *numbers))
    return tuple(
        ev.CandleClosed(
            at_us=ts_us + frame_us,
            symbol=history.symbol,
            ts_us=ts_us,
            open=open_,
            high=high,
            low=low,
            close=close,
            volume=volume,
        )
        for ts_us, open_, high, low, close, volume in zip(*columns, strict=True)
    )


def digests_of(values: FloatColumn, beliefs: FloatColumn) -> tuple[ev.Digest, ...]:
    warming = np.isnan(values).sum(axis=1).tolist()
    return tuple(map(ev.Digest, _hashes(values), _hashes(beliefs), warming))


def _hashes(rows: FloatColumn) -> list[str]:
    """Of the bits of each row, except that every NaN is the same one."""
    width = 8 * rows.shape[1]
    packed = np.where(np.isnan(rows), np.nan, rows).astype("<f8").tobytes()
    return [hash_of(packed[start : start + width]) for start in range(0, len(packed), width)]
