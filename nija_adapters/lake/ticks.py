"""Stores numbers as whole steps of a decimal, in less than half the space."""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from nija_domain.market.candles import FloatColumn

StepColumn = npt.NDArray[np.int64]

DECIMALS_MAX = 12
EXACT_STEPS_MAX = 2.0**53
GLANCE_ROWS = 64


class Steps(msgspec.Struct, frozen=True):
    """`steps / scale` gives each number back exactly: both are whole, and division rounds once.

    The scale is a power of ten: 100 if the numbers have two decimals.
    """

    scale: float
    columns: tuple[StepColumn, ...]


def count_steps(columns: Sequence[FloatColumn]) -> Steps | None:
    """The columns as steps of the coarsest decimal that fits all; None if none does."""
    if not len(columns[0]):
        return None
    first = 0
    for column in columns:
        found = _coarsest_decimals(column[:GLANCE_ROWS], first=first)
        if found is None:
            return None
        first = found
    for decimals in range(first, DECIMALS_MAX + 1):
        scale = 10.0**decimals
        counted = _count_all(columns, scale)
        if counted is not None:
            return Steps(scale, counted)
    return None


def _coarsest_decimals(numbers: FloatColumn, *, first: int) -> int | None:
    for decimals in range(first, DECIMALS_MAX + 1):
        if _count(numbers, 10.0**decimals) is not None:
            return decimals
    return None


def _count_all(columns: Sequence[FloatColumn], scale: float) -> tuple[StepColumn, ...] | None:
    counted = []
    for column in columns:
        steps = _count(column, scale)
        if steps is None:
            return None
        counted.append(steps)
    return tuple(counted)


def _count(numbers: FloatColumn, scale: float) -> StepColumn | None:
    """Whole steps, if they give back the very bits that came (a negative zero would not)."""
    nearest = np.rint(numbers * scale)
    if not (np.abs(nearest).max(initial=0.0) < EXACT_STEPS_MAX):
        return None
    steps = nearest.astype(np.int64)
    return steps if np.array_equal(_bits(steps / scale), _bits(numbers)) else None


def _bits(numbers: FloatColumn) -> StepColumn:
    return np.ascontiguousarray(numbers).view(np.int64)
