"""What a feature is: a name, its formula, and one step from row to row."""

import math
from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar

import msgspec

from nija_domain.market.candles import Bar

Row = TypeVar("Row")

LEADER = "BTC/USD"
"""The symbol whose volatility is told of the market apart from all others."""

MARKET_READS = ("log_return", "ewma_volatility")
"""The features that a row of the market is made of, symbol by symbol."""


class BarRow(NamedTuple):
    """A candle of one symbol, with the logarithms that most features take, taken once."""

    open: float
    high: float
    low: float
    close: float
    volume: float
    log_high: float
    log_low: float
    log_close: float


def row_of(bar: Bar) -> BarRow:
    return BarRow(*bar, math.log(bar.high), math.log(bar.low), math.log(bar.close))


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


RowReader = Callable[[tuple[float, ...]], tuple[float, ...]]
"""Takes some features out of a row, in an order of its own."""


@cache
def reader_of(wanted: tuple[str, ...], names: tuple[str, ...]) -> RowReader:
    """For rows of these names. What is wanted but not among them is a `ValueError`."""
    places = tuple(map(names.index, wanted))
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: tuple([row[place] for place in places])
