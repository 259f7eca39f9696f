"""What a feature is: a name, its formula, and one step from row to row."""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

import msgspec

Row = TypeVar("Row")


class MarketRow(NamedTuple):
    """All symbols at one open time; NaN stands for one that has no bar or still warms up."""

    returns: Sequence[float]
    volatilities: Sequence[float]
    btc_volatility: float


class Feature(msgspec.Struct, Generic[Row], frozen=True):
    """One number per row; it is NaN for the first `warm_up_bars` rows and never after."""

    name: str
    unit: str
    formula: str
    warm_up_bars: int
    initial: tuple[float, ...]
    step: Callable[[tuple[float, ...], Row], tuple[tuple[float, ...], float]]
