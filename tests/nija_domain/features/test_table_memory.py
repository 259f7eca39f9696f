"""Memory comes back when nobody can read it any more, and never before."""

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nija_domain.features.history.feature_rows import compute_all_features, compute_features
from nija_domain.features.history.table_memory import TableMemory
from tests.fakes.candle_walks import random_walk


def _address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def test_memory_that_nobody_reads_is_used_again() -> None:
    """The next array of that size, or of a smaller one, lies where the last one lay."""
    memory = TableMemory()
    first = memory.empty((10, 300))
    address = _address(first)
    del first

    smaller = memory.empty((7, 300))
    assert smaller.shape == (7, 300)
    assert _address(smaller) == address
    assert _address(memory.empty((7, 300))) != address


@pytest.mark.parametrize(
    "view",
    [
        lambda values: values,
        lambda values: values.T,
        lambda values: values[3],
        lambda values: values.T[::7, 2],
        lambda values: values.reshape(-1)[5:],
        lambda values: memoryview(values[2]),
        lambda values: np.asarray(values[1].data),
        lambda values: values.view(np.uint64),
    ],
)
def test_the_last_view_keeps_the_memory(view: Callable[[np.ndarray], Any]) -> None:
    """However a part of a table is kept, nothing new is laid over it."""
    memory = TableMemory()
    values = memory.empty((10, 300))
    values[:] = np.arange(3_000.0).reshape(10, 300)
    kept, before = view(values), bytes(np.asarray(view(values)))
    del values

    for _ in range(3):
        memory.empty((10, 300)).fill(-1.0)
    assert bytes(np.asarray(kept)) == before


def test_memory_too_small_is_let_go() -> None:
    """A universe whose histories grow longer ends with no more memory than the longest take."""
    memory = TableMemory()
    short = memory.empty((2, 10))
    buffer = weakref.ref(short.base.base.obj)
    del short

    assert buffer() is not None
    assert memory.empty((2, 11)).size == 22
    assert buffer() is None


def test_a_kept_table_keeps_no_other_memory() -> None:
    """Whoever holds one table of a universe does not hold the memory that all were computed in."""
    memory = TableMemory()
    kept, gone = memory.empty((2, 10)), memory.empty((2, 10))
    buffer = weakref.ref(gone.base.base.obj)
    del gone
    assert buffer() is not None

    del memory
    assert buffer() is None
    assert kept.shape == (2, 10)


def test_a_history_without_candles_has_an_empty_table() -> None:
    """A symbol that was listed and has no candle yet is no reason to stop."""
    (table,) = compute_all_features([random_walk(bars=0, seed=1)])

    assert table.values.shape == (0, len(table.names))


def test_a_column_kept_of_each_table_stays_as_it_was() -> None:
    """Tables go while the next are computed by two threads; a column of each is kept."""
    histories = [random_walk(bars=300, seed=seed, symbol=f"S{seed}/USD") for seed in range(12)]
    kept = [table.values[:, 2] for table in compute_all_features(histories, side_by_side=2)]

    for column, history in zip(kept, histories, strict=True):
        assert column.tobytes() == compute_features(history).values[:, 2].tobytes()
