"""Which way the price leans, counted in what a walk without a trend would lean by chance."""

import math

from nija_domain.features.feature import BarRow, Feature

FAST_SPAN_BARS = 12
SLOW_SPAN_BARS = 48
WARM_UP_BARS = 48
FAST_WEIGHT = 2.0 / (FAST_SPAN_BARS + 1.0)
SLOW_WEIGHT = 2.0 / (SLOW_SPAN_BARS + 1.0)


def _leaning_of_a_walk(fast: float, slow: float) -> float:
    """The standard deviation of fast minus slow average on a random walk of unit steps.

    An average of decay d lags a walk by the sum of d, d*d, … times its past steps; the variance
    of the difference of two such sums is three geometric series.
    """
    variance = slow * slow / (1.0 - slow * slow) + fast * fast / (1.0 - fast * fast)
    return math.sqrt(variance - 2.0 * fast * slow / (1.0 - fast * slow))


BEND = 3.0
"""Deviations at which the scale bends: a trend of three still tells from one of six."""

LEANING = _leaning_of_a_walk(1.0 - FAST_WEIGHT, 1.0 - SLOW_WEIGHT)
SCALE_SQUARED = (LEANING * BEND) ** 2

INITIAL: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)


def step(state: tuple[float, ...], bar: BarRow) -> tuple[tuple[float, ...], float]:
    """Bounded by one on both sides; a price that never moved has no trend."""
    bars_seen, previous, fast, slow, variance = state
    if bars_seen == 0.0:
        return (1.0, bar.log_close, bar.log_close, bar.log_close, 0.0), math.nan
    log_return = bar.log_close - previous
    weight = SLOW_WEIGHT if SLOW_WEIGHT * bars_seen > 1.0 else 1.0 / bars_seen
    variance += weight * (log_return * log_return - variance)
    fast += FAST_WEIGHT * (bar.log_close - fast)
    slow += SLOW_WEIGHT * (bar.log_close - slow)
    bars_seen += 1.0
    value = math.nan
    if bars_seen > WARM_UP_BARS:
        lean = fast - slow
        size = math.sqrt(lean * lean + SCALE_SQUARED * variance)
        value = lean / size if size > 0.0 else 0.0
    return (bars_seen, bar.log_close, fast, slow, variance), value


FEATURE = Feature(
    name="trend_strength",
    unit="-1 to 1",
    formula=(
        f"x / sqrt(x^2 + ({BEND:g} s)^2) with x = (EWMA({FAST_SPAN_BARS}) -"
        f" EWMA({SLOW_SPAN_BARS})) of ln(close) and s its deviation on a walk as volatile"
    ),
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
