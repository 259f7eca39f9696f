"""The proof that no feature looks ahead, for tests and for the pipeline's own checks."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from nija_domain.features.feature import LEADER, MarketRow
from nija_domain.features.history.feature_rows import compute_features, compute_market
from nija_domain.features.registry import FEATURES, MARKET_FEATURES
from nija_domain.features.stream import (
    initial_market_states,
    initial_states,
    step_features,
    step_market,
)
from nija_domain.features.table import FeatureTable, MarketTable
from nija_domain.market.candles import CandleHistory, FloatColumn

Computation = Callable[[CandleHistory], FeatureTable]
MarketComputation = Callable[[Sequence[FeatureTable]], MarketTable]


def find_look_ahead(
    compute: Computation, history: CandleHistory, *, cuts: Iterable[int]
) -> list[str]:
    """A sentence for each feature and cut where the rows before the cut knew what came after."""
    whole = compute(history)
    sentences = []
    for cut in cuts:
        known = compute(history.cut(cut))
        sentences += [
            f"{name} of {history.symbol} looks ahead: {difference} when cut before row {cut}"
            for name, difference in _differences(known, whole.values[:cut])
        ]
    return sentences


def find_stream_gaps(compute: Computation, history: CandleHistory) -> list[str]:
    """A sentence for each feature whose history is not what a stream of candles gives."""
    states, rows = initial_states(), []
    for row in range(len(history)):
        states, values = step_features(states, history.bar(row))
        rows.append(values)
    table = compute(history)
    streamed = np.array(rows, dtype=np.float64).reshape(len(history), len(FEATURES))
    sentences = [
        f"{name} of {history.symbol} is not what a stream gives: {difference}"
        for name, difference in _differences(table, streamed)
    ]
    if table.final_states != states:
        sentences.append(f"the final states of {history.symbol} are not those of a stream")
    return sentences


def find_market_look_ahead(
    histories: Sequence[CandleHistory],
    *,
    cuts_us: Iterable[int],
    compute: MarketComputation = compute_market,
) -> list[str]:
    """The same for the market, all of its histories cut at one time."""
    whole = compute([compute_features(history) for history in histories])
    sentences = []
    for cut_us in cuts_us:
        cut = [history.cut(int(np.searchsorted(history.ts_us, cut_us))) for history in histories]
        known = compute([compute_features(history) for history in cut])
        rows = int(np.searchsorted(whole.ts_us, cut_us))
        sentences += [
            f"{name} of the market looks ahead: {difference} when cut before {cut_us}"
            for name, difference in _differences(known, whole.values[:rows])
        ]
    return sentences


def find_market_gaps(
    tables: Sequence[FeatureTable], *, compute: MarketComputation = compute_market
) -> list[str]:
    """A sentence for each market-wide feature that a stream of closes gives otherwise."""
    whole = compute(tables)
    states, rows = initial_market_states(), []
    for ts_us in whole.ts_us.tolist():
        states, values = step_market(states, _market_row(tables, ts_us))
        rows.append(values)
    streamed = np.array(rows, dtype=np.float64).reshape(len(whole), len(MARKET_FEATURES))
    sentences = [
        f"{name} of the market is not what a stream gives: {difference}"
        for name, difference in _differences(whole, streamed)
    ]
    if whole.final_states != states:
        sentences.append("the final states of the market are not those of a stream")
    return sentences


def _market_row(tables: Sequence[FeatureTable], ts_us: int) -> MarketRow:
    """What a stream holds at this time, looked up one symbol after another."""
    returns, volatilities, btc = [], [], float("nan")
    for table in tables:
        at = np.flatnonzero(table.ts_us == ts_us)
        row = dict(zip(table.names, table.values[at[0]].tolist(), strict=True)) if at.size else {}
        returns.append(row.get("log_return", float("nan")))
        volatilities.append(row.get("ewma_volatility", float("nan")))
        if table.symbol == LEADER:
            btc = volatilities[-1]
    return MarketRow(returns, volatilities, btc)


def _differences(table: FeatureTable | MarketTable, expected: FloatColumn) -> list[tuple[str, str]]:
    """Each column's first row that is not equal to the bit; two NaN are equal."""
    differences = []
    for column, name in enumerate(table.names):
        got, other = table.values[:, column], expected[:, column]
        differing = np.flatnonzero(~((got == other) | (np.isnan(got) & np.isnan(other))))
        if differing.size:
            row = int(differing[0])
            differences.append((name, f"row {row} is {got[row]!r}, not {other[row]!r}"))
    return differences
