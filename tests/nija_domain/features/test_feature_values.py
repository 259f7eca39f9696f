"""Each feature agrees with its formula written out slowly by another hand."""

import math

import msgspec
import numpy as np
import polars as pl
import pytest

from nija_domain.errors import CandlesInvalid
from nija_domain.features.columns import distance_from_mean, ewma_volatility, trend_strength
from nija_domain.features.feature import BarRow, Feature
from nija_domain.features.history.feature_rows import compute_all_features, compute_features
from nija_domain.features.registry import FEATURE_NAMES, FEATURES
from nija_domain.market.candles import CandleHistory
from tests.fakes.candle_walks import random_walk

HISTORY = random_walk(bars=400, seed=11)


def _weighted_mean(values: np.ndarray, *, span_weight: float) -> np.ndarray:
    """The running average, as explicit products of the weights of every bar so far."""
    means = []
    for stop in range(1, len(values) + 1):
        weights = np.maximum(span_weight, 1.0 / np.arange(1, stop + 1))
        kept = np.append(np.cumprod((1.0 - weights)[::-1])[::-1][1:], 1.0)
        means.append(float(np.sum(weights * kept * values[:stop])))
    return np.array(means)


def _slow_log_return(history: CandleHistory) -> np.ndarray:
    return pl.Series(history.close).log().diff().to_numpy()


def _slow_ewma_volatility(history: CandleHistory) -> np.ndarray:
    squares = np.diff(np.log(history.close)) ** 2
    means = _weighted_mean(squares, span_weight=2 / 61)
    return np.append(np.nan, np.sqrt(means))


def _slow_trend_strength(history: CandleHistory) -> np.ndarray:
    log_close = pl.Series(np.log(history.close))
    averages = [log_close.ewm_mean(span=span, adjust=False).to_numpy() for span in (12, 48)]
    squares = np.diff(log_close.to_numpy()) ** 2
    volatility = np.sqrt(_weighted_mean(squares, span_weight=2 / 49))
    lags = np.arange(1, 5_000)
    leaning = math.sqrt(np.sum(((1 - 2 / 49) ** lags - (1 - 2 / 13) ** lags) ** 2))
    lean = (averages[0] - averages[1])[1:]
    bent = np.arctan(lean / (trend_strength.BEND * volatility * leaning))
    return np.append(np.nan, np.sin(bent))


def _slow_atr_fraction(history: CandleHistory) -> np.ndarray:
    before = np.append(history.close[0], history.close[:-1])
    before[0] = history.low[0]
    true_range = np.maximum(
        history.high - history.low,
        np.maximum(np.abs(history.high - before), np.abs(history.low - before)),
    )
    return _weighted_mean(true_range, span_weight=1 / 14) / history.close


def _slow_parkinson_volatility(history: CandleHistory) -> np.ndarray:
    ranges = np.log(history.high / history.low) ** 2 / (4.0 * math.log(2.0))
    return np.sqrt(_weighted_mean(ranges, span_weight=2 / 61))


def _slow_momentum(history: CandleHistory) -> np.ndarray:
    return pl.Series(history.close).log().diff(12).to_numpy()


def _slow_volume_zscore(history: CandleHistory) -> np.ndarray:
    """Mean and deviation of all volumes before a bar, under the weights of the last of them."""
    scores = [math.nan]
    for stop in range(1, len(history)):
        weights = np.maximum(2 / 97, 1.0 / np.arange(1, stop + 1))
        shares = weights * np.append(np.cumprod((1.0 - weights)[::-1])[::-1][1:], 1.0)
        before = history.volume[:stop]
        mean = np.average(before, weights=shares)
        deviation = math.sqrt(np.average((before - mean) ** 2, weights=shares))
        scores.append((history.volume[stop] - mean) / deviation if deviation else math.nan)
    return np.array(scores)


def _slow_rsi(history: CandleHistory) -> np.ndarray:
    moves = np.diff(history.close)
    gains = _weighted_mean(np.clip(moves, 0.0, None), span_weight=1 / 14)
    losses = _weighted_mean(np.clip(-moves, 0.0, None), span_weight=1 / 14)
    return np.append(np.nan, 100.0 * gains / np.where(gains + losses > 0.0, gains + losses, 1.0))


def _slow_distance_from_high(history: CandleHistory) -> np.ndarray:
    """The window reaches back to the start of the block that lies 23 blocks before this one."""
    starts = [max(0, (row // 12 - 23) * 12) for row in range(len(history))]
    highest = [history.high[start : row + 1].max() for row, start in enumerate(starts)]
    return np.log(history.close / highest)


def _slow_distance_from_mean(history: CandleHistory) -> np.ndarray:
    log_close = np.log(history.close)
    return log_close - _weighted_mean(log_close, span_weight=2 / 49)


def _slow_channel_position(history: CandleHistory) -> np.ndarray:
    """The window reaches back to the start of the block that lies 8 blocks before this one."""
    positions = np.full(len(history), math.nan)
    for row in range(48, len(history)):
        before = slice((row // 6 - 8) * 6, row)
        low, high = history.low[before].min(), history.high[before].max()
        positions[row] = (history.close[row] - low) / (high - low)
    return positions


def _slow_liquidity(history: CandleHistory) -> np.ndarray:
    return np.log1p(_weighted_mean(history.close * history.volume, span_weight=2 / 97))


SLOW = {
    "atr_fraction": _slow_atr_fraction,
    "channel_position": _slow_channel_position,
    "distance_from_high": _slow_distance_from_high,
    "distance_from_mean": _slow_distance_from_mean,
    "ewma_volatility": _slow_ewma_volatility,
    "liquidity": _slow_liquidity,
    "log_return": _slow_log_return,
    "momentum": _slow_momentum,
    "parkinson_volatility": _slow_parkinson_volatility,
    "rsi": _slow_rsi,
    "trend_strength": _slow_trend_strength,
    "volume_zscore": _slow_volume_zscore,
}


@pytest.mark.parametrize("feature", FEATURES, ids=FEATURE_NAMES)
def test_a_feature_is_its_formula(feature: Feature[BarRow]) -> None:
    """The step function gives what an independent array computation gives, warm-up apart."""
    values = compute_features(HISTORY).values[:, FEATURE_NAMES.index(feature.name)]
    slow = SLOW[feature.name](HISTORY)
    warm = feature.warm_up_bars

    assert np.isnan(values[:warm]).all()
    np.testing.assert_allclose(values[warm:], slow[warm:], rtol=1e-9, atol=1e-12)


def test_leaning_is_that_of_a_simulated_walk() -> None:
    """On a walk without a trend, the undamped strength has the deviation one."""
    table = compute_features(random_walk(bars=60_000, seed=13))
    bent = np.arcsin(table.values[200:, FEATURE_NAMES.index("trend_strength")])
    strength = trend_strength.BEND * np.tan(bent)

    assert abs(strength.std() - 1.0) < 0.1
    assert trend_strength.LEANING > 0.0


def test_straying_is_that_of_a_simulated_walk() -> None:
    """On a walk, the distance from the mean has the deviation that the rules count in."""
    table = compute_features(random_walk(bars=60_000, seed=13, volatility=0.002))
    strayed = table.values[200:, FEATURE_NAMES.index("distance_from_mean")]

    assert abs(strayed.std() / (0.002 * distance_from_mean.DEVIATION_OF_A_WALK) - 1.0) < 0.1


def test_volatility_finds_the_walks_own() -> None:
    """The mean volatility of a long walk is the one that it was drawn with."""
    table = compute_features(random_walk(bars=20_000, seed=17, volatility=0.004))
    column = FEATURE_NAMES.index("ewma_volatility")
    volatility = table.values[ewma_volatility.WARM_UP_BARS :, column]

    assert abs(np.sqrt(np.mean(volatility * volatility)) / 0.004 - 1.0) < 0.03


def test_a_price_that_never_moves_has_defined_features() -> None:
    """A frozen price gives zeros and middles, not a division by zero."""
    flat = np.full(80, 5.0)
    history = msgspec.structs.replace(
        HISTORY.cut(80), open=flat, high=flat, low=flat, close=flat, volume=flat
    )
    last = dict(zip(FEATURE_NAMES, compute_features(history).values[-1].tolist(), strict=True))

    assert last.pop("rsi") == 50.0
    assert last.pop("channel_position") == 0.5
    assert last.pop("liquidity") == pytest.approx(math.log(26.0))
    assert set(last.values()) == {0.0}


def test_a_market_without_trades_has_defined_features() -> None:
    """Candles of no volume are no reason for a number that is none."""
    history = msgspec.structs.replace(HISTORY.cut(80), volume=np.zeros(80))

    assert np.isfinite(compute_features(history).values[-1]).all()


def test_all_symbols_side_by_side_are_each_alone() -> None:
    """Threads change nothing in any bit and keep the order."""
    histories = [random_walk(bars=300, seed=seed, symbol=f"S{seed}/USD") for seed in range(7)]
    tables = list(compute_all_features(iter(histories), side_by_side=2))

    assert [table.symbol for table in tables] == [history.symbol for history in histories]
    assert all(
        table.values.tobytes() == compute_features(history).values.tobytes()
        for table, history in zip(tables, histories, strict=True)
    )


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_a_candle_without_a_price_is_refused(bad: float) -> None:
    """What is not a price is named by its column and row before any logarithm is taken."""
    close = HISTORY.close.copy()
    close[17] = bad

    with pytest.raises(CandlesInvalid, match="close of BTC/USD at row 17"):
        compute_features(msgspec.structs.replace(HISTORY, close=close))
