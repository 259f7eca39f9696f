"""The feature list as polars expressions, one lazy query per symbol.

Polars runs the expressions of a query on all cores. An average that begins as the plain mean is
written as one that finds the mean in the place of its first values.
"""

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl

    from nija_domain.market.candles import CandleHistory


def with_polars(
    histories: Iterable["CandleHistory"],
) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    import polars as pl

    for history in histories:
        frame = pl.DataFrame(
            {
                "row": np.arange(len(history)),
                **{name: getattr(history, name) for name in ("high", "low", "close", "volume")},
            }
        )
        answer = frame.lazy().select(**_expressions()).collect()
        yield history.symbol, {name: answer[name].to_numpy() for name in answer.columns}


def _average(values: "pl.Expr", *, weight: float, from_row: int = 0) -> "pl.Expr":
    import polars as pl

    head = int(1.0 / weight)
    mean = values.slice(from_row, head).mean()
    whole = pl.when(pl.col("row") < from_row + head).then(mean).otherwise(values)
    return whole.ewm_mean(alpha=weight, adjust=False)


def _expressions() -> dict[str, "pl.Expr"]:
    import polars as pl

    close, volume = pl.col("close"), pl.col("volume")
    log_return = close.log().diff()
    move = close.diff()
    gains = _average(move.clip(lower_bound=0.0), weight=1 / 14, from_row=1)
    losses = _average((-move).clip(lower_bound=0.0), weight=1 / 14, from_row=1)
    log_range = (pl.col("high") / pl.col("low")).log()
    traded = _average(close * volume, weight=2 / 97)
    parkinson = _average(log_range * log_range / (4.0 * math.log(2.0)), weight=2 / 61)
    return {
        "atr_fraction": _average(_true_range(), weight=1 / 14) / close,
        "channel_position": _channel_position(),
        "distance_from_high": _distance_from_high(),
        "distance_from_mean": close.log() - _average(close.log(), weight=2 / 49),
        "ewma_volatility": _average(log_return * log_return, weight=2 / 61, from_row=1).sqrt(),
        "liquidity": traded.log1p(),
        "log_return": log_return,
        "momentum": (close / close.shift(12)).log(),
        "parkinson_volatility": parkinson.sqrt(),
        "rsi": 100.0 * gains / (gains + losses),
        "trend_strength": _trend_strength(log_return),
        "volume_zscore": _volume_zscore(),
    }


def _true_range() -> "pl.Expr":
    import polars as pl

    before = pl.col("close").shift(1)
    return pl.max_horizontal("high", before) - pl.min_horizontal("low", before)


def _channel_position() -> "pl.Expr":
    import polars as pl

    from nija_domain.features.columns.channel_position import BLOCK_BARS, WARM_UP_BARS

    block, bar_of_block = pl.col("row") // BLOCK_BARS, pl.col("row") % BLOCK_BARS
    so_far_high = pl.col("high").cum_max().over(block).shift(1)
    so_far_low = pl.col("low").cum_min().over(block).shift(1)
    starts = bar_of_block == 0
    over = pl.col("high").rolling_max(WARM_UP_BARS).shift(1)
    under = pl.col("low").rolling_min(WARM_UP_BARS).shift(1)
    high_before = pl.when(starts).then(over).forward_fill()
    low_before = pl.when(starts).then(under).forward_fill()
    top = pl.when(starts).then(over).otherwise(pl.max_horizontal(so_far_high, high_before))
    bottom = pl.when(starts).then(under).otherwise(pl.min_horizontal(so_far_low, low_before))
    position = (pl.col("close") - bottom) / (top - bottom)
    return pl.when(pl.col("row") >= WARM_UP_BARS).then(position)


def _distance_from_high() -> "pl.Expr":
    import polars as pl

    from nija_domain.features.columns.distance_from_high import BLOCK_BARS, BLOCKS_BEFORE

    block, bar_of_block = pl.col("row") // BLOCK_BARS, pl.col("row") % BLOCK_BARS
    highs = pl.col("high").cum_max().over(block)
    ended = pl.when(bar_of_block == BLOCK_BARS - 1).then(highs)
    before = ended.rolling_max(BLOCKS_BEFORE * BLOCK_BARS, min_samples=1).shift(1)
    shifted = pl.when(bar_of_block == 0).then(before).forward_fill()
    return (pl.col("close") / pl.max_horizontal(highs, shifted)).log()


def _trend_strength(log_return: "pl.Expr") -> "pl.Expr":
    import polars as pl

    from nija_domain.features.columns.trend_strength import BEND, LEANING

    log_close = pl.col("close").log()
    fast = log_close.ewm_mean(alpha=2 / 13, adjust=False)
    slow = log_close.ewm_mean(alpha=2 / 49, adjust=False)
    variance = _average(log_return * log_return, weight=2 / 49, from_row=1)
    lean = fast - slow
    return lean / (lean * lean + (LEANING * BEND) ** 2 * variance).sqrt()


def _volume_zscore() -> "pl.Expr":
    import polars as pl

    volume = pl.col("volume")
    mean = _average(volume, weight=2 / 97)
    deviation = (_average(volume * volume, weight=2 / 97) - mean * mean).sqrt()
    return (volume - mean.shift(1)) / deviation.shift(1)
