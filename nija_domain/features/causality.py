"""The proof that no feature looks ahead, for tests and for the pipeline's own checks."""

from collections.abc import Callable, Iterable

import numpy as np

from nija_domain.features.registry import FEATURES
from nija_domain.features.stream import initial_states, step_features
from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import CandleHistory, FloatColumn

Computation = Callable[[CandleHistory], FeatureTable]


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


def _differences(table: FeatureTable, expected: FloatColumn) -> list[tuple[str, str]]:
    """Each column's first row that is not equal to the bit; two NaN are equal."""
    differences = []
    for column, name in enumerate(table.names):
        got, other = table.values[:, column], expected[:, column]
        differing = np.flatnonzero(~((got == other) | (np.isnan(got) & np.isnan(other))))
        if differing.size:
            row = int(differing[0])
            differences.append((name, f"row {row} is {got[row]!r}, not {other[row]!r}"))
    return differences
