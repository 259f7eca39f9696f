"""No feature knows what came after, and the stream gives what the history gives."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.features.history.causality import Computation, find_look_ahead, find_stream_gaps
from nija_domain.features.history.feature_rows import BLOCK_ROWS, compute_features
from nija_domain.features.registry import FEATURE_NAMES, FEATURES
from nija_domain.features.stream import initial_states, step_features
from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import CandleHistory
from tests.fakes.candle_walks import random_walk

ODD_CUTS = (0, 1, 2, 13, 14, 29, 30, 47, 48, 49, 101, 257, 299)


def _peek_one_bar(history: CandleHistory) -> FeatureTable:
    """The registered features, one of them shifted to tell the next bar's return."""
    table = compute_features(history)
    values = table.values.copy()
    column = FEATURE_NAMES.index("log_return")
    values[:-1, column] = values[1:, column]
    return msgspec.structs.replace(table, values=values)


def _scale_by_whole_history(history: CandleHistory) -> FeatureTable:
    """A subtle peek: a volatility divided by its own mean over all bars, the later ones too."""
    table = compute_features(history)
    values = table.values.copy()
    column = FEATURE_NAMES.index("ewma_volatility")
    values[:, column] /= np.nanmean(values[:, column]) if len(table) > 40 else 1.0
    return msgspec.structs.replace(table, values=values)


@given(seed=st.integers(0, 2**32), cuts=st.lists(st.integers(0, 300), min_size=1, max_size=4))
@settings(max_examples=20, deadline=None)
def test_no_feature_looks_ahead(seed: int, cuts: list[int]) -> None:
    """Every registered feature is the same on a history and on its beginning, wherever cut."""
    history = random_walk(bars=300, seed=seed)

    assert find_look_ahead(compute_features, history, cuts=(*ODD_CUTS, *cuts)) == []


@pytest.mark.parametrize(
    ("compute", "name"),
    [(_peek_one_bar, "log_return"), (_scale_by_whole_history, "ewma_volatility")],
)
def test_a_planted_look_ahead_is_named(compute: Computation, name: str) -> None:
    """A feature that knows the future is found, and only that one is named."""
    sentences = find_look_ahead(compute, random_walk(bars=300, seed=3), cuts=(101, 257))

    assert [sentence.split()[0] for sentence in sentences] == [name, name]


@given(seed=st.integers(0, 2**32), bars=st.integers(0, 200))
@settings(max_examples=20, deadline=None)
def test_history_is_the_stream_to_the_bit(seed: int, bars: int) -> None:
    """Compiled and interpreted runs agree in every bit of every value and of the states."""
    history = random_walk(bars=bars, seed=seed)
    states, rows = initial_states(), []
    for row in range(bars):
        states, values = step_features(states, history.bar(row))
        rows.append(values)

    table = compute_features(history)
    streamed = np.array(rows, dtype=np.float64).reshape(bars, len(FEATURES))

    assert table.values.tobytes() == streamed.tobytes()
    assert table.final_states == states
    assert find_stream_gaps(compute_features, history) == []


def test_nothing_shows_where_one_block_of_rows_ends() -> None:
    """A long history is folded in blocks: cut beside their border, or folded in one, it is one."""
    history = random_walk(bars=BLOCK_ROWS + 300, seed=19)
    cuts = (BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1, BLOCK_ROWS + 77)
    late = compute_features(history.between(BLOCK_ROWS - 9_000, BLOCK_ROWS + 300))

    assert find_look_ahead(compute_features, history, cuts=cuts) == []
    np.testing.assert_allclose(late.values[-1], compute_features(history).values[-1], rtol=1e-9)


def test_a_planted_stream_gap_is_named() -> None:
    """A history that differs from the stream in one last bit is found."""

    def compute(history: CandleHistory) -> FeatureTable:
        table = compute_features(history)
        values = table.values.copy()
        column = FEATURE_NAMES.index("trend_strength")
        values[120, column] = np.nextafter(values[120, column], 2.0)
        return msgspec.structs.replace(table, values=values)

    (sentence,) = find_stream_gaps(compute, random_walk(bars=150, seed=5))

    assert sentence.startswith("trend_strength of BTC/USD")
    assert "row 120" in sentence


def test_a_stream_goes_on_from_the_final_states() -> None:
    """Candles folded onto a release's states give the rows of an unbroken history."""
    history = random_walk(bars=200, seed=7)
    states = msgspec.json.decode(
        msgspec.json.encode(compute_features(history.cut(77)).final_states),
        type=tuple[tuple[float, ...], ...],
    )
    rows = []
    for row in range(77, 200):
        states, values = step_features(states, history.bar(row))
        rows.append(values)

    assert np.array(rows).tobytes() == compute_features(history).values[77:].tobytes()


def test_initial_states_survive_json() -> None:
    """A release can carry the states of a symbol that has no bar yet."""
    body = msgspec.json.encode(initial_states())

    assert msgspec.json.decode(body, type=tuple[tuple[float, ...], ...]) == initial_states()
    assert len(FEATURE_NAMES) == len(initial_states())
