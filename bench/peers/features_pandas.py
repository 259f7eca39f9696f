"""The feature list in pandas, one symbol after another, as its users write it."""

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from nija_domain.market.candles import CandleHistory


def with_pandas(
    histories: Iterable["CandleHistory"],
) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    import pandas as pd

    for history in histories:
        columns = {name: getattr(history, name) for name in ("high", "low", "close", "volume")}
        answer = _features(pd.DataFrame(columns))
        yield history.symbol, {name: answer[name].to_numpy() for name in answer}


def _average(values: "pd.Series", *, weight: float, from_row: int = 0) -> "pd.Series":
    head = from_row + int(1.0 / weight)
    whole = values.copy()
    whole.iloc[:head] = values.iloc[from_row:head].mean()
    return whole.ewm(alpha=weight, adjust=False).mean()


def _features(frame: "pd.DataFrame") -> dict[str, "pd.Series"]:
    close, volume = frame["close"], frame["volume"]
    log_close = np.log(close)
    log_return = log_close.diff()
    move = close.diff()
    gains = _average(move.clip(lower=0.0), weight=1 / 14, from_row=1)
    losses = _average((-move).clip(lower=0.0), weight=1 / 14, from_row=1)
    log_range = np.log(frame["high"] / frame["low"])
    before = close.shift(1)
    true_range = np.fmax(frame["high"], before) - np.fmin(frame["low"], before)
    squares = log_return * log_return
    return {
        "atr_fraction": _average(true_range, weight=1 / 14) / close,
        "channel_position": _channel_position(frame),
        "distance_from_high": _distance_from_high(frame),
        "distance_from_mean": log_close - _average(log_close, weight=2 / 49),
        "ewma_volatility": np.sqrt(_average(squares, weight=2 / 61, from_row=1)),
        "liquidity": np.log1p(_average(close * volume, weight=2 / 97)),
        "log_return": log_return,
        "momentum": np.log(close / close.shift(12)),
        "parkinson_volatility": np.sqrt(
            _average(log_range * log_range / (4.0 * math.log(2.0)), weight=2 / 61)
        ),
        "rsi": 100.0 * gains / (gains + losses),
        "trend_strength": _trend_strength(log_close, squares),
        "volume_zscore": _volume_zscore(volume),
    }


def _channel_position(frame: "pd.DataFrame") -> "pd.Series":
    blocks = np.arange(len(frame)) // 6
    highs, lows = frame["high"].groupby(blocks), frame["low"].groupby(blocks)
    high_before = highs.max().rolling(8).max().shift(1).to_numpy()[blocks]
    low_before = lows.min().rolling(8).min().shift(1).to_numpy()[blocks]
    top = np.fmax(highs.cummax().groupby(blocks).shift(1), high_before)
    bottom = np.fmin(lows.cummin().groupby(blocks).shift(1), low_before)
    return ((frame["close"] - bottom) / (top - bottom)).where(~np.isnan(high_before))


def _distance_from_high(frame: "pd.DataFrame") -> "pd.Series":
    blocks = np.arange(len(frame)) // 12
    by_block = frame["high"].groupby(blocks)
    before = by_block.max().rolling(23, min_periods=1).max().shift(1)
    highest = np.fmax(by_block.cummax(), before.to_numpy()[blocks])
    return np.log(frame["close"] / highest)


def _trend_strength(log_close: "pd.Series", squares: "pd.Series") -> "pd.Series":
    from nija_domain.features.columns.trend_strength import BEND, LEANING

    fast = log_close.ewm(alpha=2 / 13, adjust=False).mean()
    slow = log_close.ewm(alpha=2 / 49, adjust=False).mean()
    variance = _average(squares, weight=2 / 49, from_row=1)
    lean = fast - slow
    return lean / np.sqrt(lean * lean + (LEANING * BEND) ** 2 * variance)


def _volume_zscore(volume: "pd.Series") -> "pd.Series":
    mean = _average(volume, weight=2 / 97)
    deviation = np.sqrt(_average(volume * volume, weight=2 / 97) - mean * mean)
    return (volume - mean.shift(1)) / deviation.shift(1)
