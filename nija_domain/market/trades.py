"""Trades as the venue printed them, and the candles that follow from them."""

import msgspec
import numpy as np
import numpy.typing as npt

from nija_domain.errors import CandlesInvalid
from nija_domain.market.candles import CandleHistory, FloatColumn, TimeColumn

Rows = npt.NDArray[np.intp]

VOLUME_TOLERANCE = 1e-9
"""Relative: a sum of lots is rounded once a trade, the venue's own volume once a bar.

Prices are those of trades, so that they equal the official ones to the bit.
"""


class TradePrints(msgspec.Struct, frozen=True):
    """Every trade of one symbol in a stretch of time, in the order in which it happened."""

    symbol: str
    at_us: TimeColumn
    price: FloatColumn
    quantity: FloatColumn

    def __len__(self) -> int:
        return len(self.at_us)


def candles_of(
    trades: TradePrints, *, timeframe_us: int, from_us: int, until_us: int
) -> CandleHistory:
    """The bars of a stretch that was read whole; a bar without a trade is none.

    `from_us` is a bar's open and `until_us` a bar's close: a bar cut in two would look closed.
    """
    _check_stretch(timeframe_us=timeframe_us, from_us=from_us, until_us=until_us)
    _check_trades(trades)
    inside = (trades.at_us >= from_us) & (trades.at_us < until_us)
    opens_us = trades.at_us[inside] - trades.at_us[inside] % timeframe_us
    prices, quantities = trades.price[inside], trades.quantity[inside]
    starts = np.flatnonzero(np.diff(opens_us, prepend=-1))
    ends = np.append(starts[1:], len(opens_us)) - 1
    if not len(opens_us):
        starts = ends = np.empty(0, dtype=np.intp)
    return CandleHistory(
        symbol=trades.symbol,
        ts_us=opens_us[starts],
        open=prices[starts],
        high=_fold(np.maximum, prices, starts),
        low=_fold(np.minimum, prices, starts),
        close=prices[ends],
        volume=_fold(np.add, quantities, starts),
    )


def _fold(step: np.ufunc, column: FloatColumn, starts: Rows) -> FloatColumn:
    folded: FloatColumn = step.reduceat(column, starts) if len(starts) else column[:0]
    return folded


def _check_stretch(*, timeframe_us: int, from_us: int, until_us: int) -> None:
    for name, at_us in (("from_us", from_us), ("until_us", until_us)):
        if at_us % timeframe_us:
            raise CandlesInvalid(
                f"{name} {at_us} is inside a bar of {timeframe_us} us; give the edge of a bar"
            )


def _check_trades(trades: TradePrints) -> None:
    late = np.flatnonzero(np.diff(trades.at_us) < 0)
    if late.size:
        raise CandlesInvalid(
            f"trade {late[0] + 1} of {trades.symbol} is earlier than the one before it;"
            " sort the trades by time"
        )
    for name in ("price", "quantity"):
        column = getattr(trades, name)
        odd = np.flatnonzero(~(np.isfinite(column) & (column > 0.0)))
        if odd.size:
            raise CandlesInvalid(
                f"{name} of trade {odd[0]} of {trades.symbol} is {column[odd[0]]}, not positive;"
                " fetch the trades again"
            )
