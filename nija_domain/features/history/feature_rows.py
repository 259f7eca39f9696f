"""Features of whole histories, a symbol's and the market's: the same steps, compiled."""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

import numba
import numpy as np

from nija_domain.errors import CandlesInvalid
from nija_domain.features.feature import LEADER, MARKET_READS, BarRow, MarketRow
from nija_domain.features.history.loops import compile_loop
from nija_domain.features.history.table_memory import TableMemory
from nija_domain.features.registry import (
    FEATURE_NAMES,
    MARKET_FEATURES,
    MARKET_NAMES,
    features_named,
)
from nija_domain.features.stream import FeatureStates
from nija_domain.features.table import FeatureTable, MarketTable
from nija_domain.market.candles import Bar, CandleHistory, FloatColumn, TimeColumn

LOGGED = ("high", "low", "close")

BLOCK_ROWS = 200_000
"""Logarithms take a block's memory, not a history's; each block more costs its calls again."""

Step = Callable[[tuple[float, ...], BarRow], tuple[tuple[float, ...], float]]
MarketStep = Callable[[tuple[float, ...], MarketRow], tuple[tuple[float, ...], float]]
Fold = Callable[..., tuple[float, ...]]
Empty = Callable[[tuple[int, int]], FloatColumn]


def compute_features(
    history: CandleHistory,
    names: tuple[str, ...] = FEATURE_NAMES,
    *,
    states: FeatureStates | None = None,
    empty: Empty = np.empty,
) -> FeatureTable:
    """The feature rows that a stream over the same candles would give, to the bit.

    It goes on from `states`, where they are given.
    """
    features = features_named(names)
    if states is None:
        states = tuple(feature.initial for feature in features)
    values = empty((len(features), len(history)))
    for rows, columns in _blocks(history):
        states = tuple(
            _compile_fold(feature.step)(state, columns, column[rows])
            for feature, state, column in zip(features, states, values, strict=True)
        )
    return FeatureTable(
        symbol=history.symbol,
        ts_us=history.ts_us,
        names=names,
        values=values.T,
        final_states=states,
    )


def _blocks(history: CandleHistory) -> Iterator[tuple[slice, tuple[FloatColumn, ...]]]:
    """A block's rows and its columns of a BarRow; the next block's logarithms take their place."""
    take_logs = _compile_logs()
    room = np.empty((len(LOGGED), min(BLOCK_ROWS, len(history))))
    for start in range(0, len(history), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        bars = {name: np.ascontiguousarray(getattr(history, name)[rows]) for name in Bar._fields}
        _check_prices(history.symbol, start, bars)
        logs = room[:, : len(bars["close"])]
        for name, column in zip(LOGGED, logs, strict=True):
            take_logs(bars[name], column)
        yield rows, (*bars.values(), *logs)


def compute_all_features(
    histories: Iterable[CandleHistory], *, side_by_side: int = 4
) -> Iterator[FeatureTable]:
    """Every symbol's table in turn, a few at a time: memory does not grow with the universe.

    Compiled loops hold no lock, so threads are enough for all cores. One table more than there
    are threads is on its way, so that no core waits while the first of them is read.
    """
    memory = TableMemory()
    with ThreadPoolExecutor(max_workers=side_by_side) as pool:
        waiting: deque[Future[FeatureTable]] = deque()
        for history in histories:
            waiting.append(pool.submit(compute_features, history, empty=memory.empty))
            if len(waiting) > side_by_side:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def compute_market(tables: Sequence[FeatureTable], *, leader: str = LEADER) -> MarketTable:
    """The market's rows from its symbols' feature tables, to the bit what a stream would give."""
    ts_us = _all_times(tables)
    returns, volatilities = (_align(tables, name, ts_us) for name in MARKET_READS)
    leading = [number for number, table in enumerate(tables) if table.symbol == leader]
    btc = volatilities[:, leading[0]].copy() if leading else np.full(len(ts_us), np.nan)
    values = np.empty((len(MARKET_FEATURES), len(ts_us)))
    states = tuple(
        _compile_market_fold(feature.step)(
            feature.initial, returns, volatilities, btc, values[number]
        )
        for number, feature in enumerate(MARKET_FEATURES)
    )
    return MarketTable(ts_us=ts_us, names=MARKET_NAMES, values=values.T, final_states=states)


def _all_times(tables: Sequence[FeatureTable]) -> TimeColumn:
    times = [table.ts_us for table in tables]
    return np.unique(np.concatenate(times)) if times else np.empty(0, dtype=np.int64)


def _align(tables: Sequence[FeatureTable], name: str, ts_us: TimeColumn) -> FloatColumn:
    """One column per symbol on the market's times; NaN where it has no candle."""
    aligned = np.full((len(ts_us), len(tables)), np.nan)
    for number, table in enumerate(tables):
        rows = np.searchsorted(ts_us, table.ts_us)
        aligned[rows, number] = table.values[:, table.names.index(name)]
    return aligned


def _check_prices(symbol: str, start: int, bars: dict[str, FloatColumn]) -> None:
    """Steps take logarithms: candles come here after the quality rules, not before."""
    for name in ("open", "high", "low", "close"):
        prices = bars[name]
        valid = (prices > 0.0) & (prices < np.inf)
        if not valid.all():
            row = int(np.argmin(valid))
            raise CandlesInvalid(
                f"{name} of {symbol} at row {start + row} is {prices[row]}, not a price;"
                " quarantine the candle before features are computed"
            )


@cache
def _compile_logs() -> Callable[[FloatColumn, FloatColumn], None]:
    return compile_loop(_take_logs, step=_take_logs)


def _take_logs(prices: FloatColumn, logs: FloatColumn) -> None:
    """One by one, since whole-array logarithms of other libraries differ in the last bit."""
    for row, price in enumerate(prices):
        logs[row] = math.log(price)


@cache
def _compile_fold(step: Step) -> Fold:
    compiled_step = numba.njit(step)

    def fold(
        state: tuple[float, ...], columns: tuple[FloatColumn, ...], values: FloatColumn
    ) -> tuple[float, ...]:
        opens, highs, lows, closes, volumes, log_highs, log_lows, log_closes = columns
        for row in range(len(values)):
            bar = BarRow(
                opens[row],
                highs[row],
                lows[row],
                closes[row],
                volumes[row],
                log_highs[row],
                log_lows[row],
                log_closes[row],
            )
            state, values[row] = compiled_step(state, bar)
        return state

    return compile_loop(fold, step=step)


@cache
def _compile_market_fold(step: MarketStep) -> Fold:
    compiled_step = numba.njit(step)

    def fold(
        state: tuple[float, ...],
        returns: FloatColumn,
        volatilities: FloatColumn,
        btc: FloatColumn,
        values: FloatColumn,
    ) -> tuple[float, ...]:
        for row in range(len(values)):
            market = MarketRow(returns[row], volatilities[row], btc[row])
            state, values[row] = compiled_step(state, market)
        return state

    return compile_loop(fold, step=step)
