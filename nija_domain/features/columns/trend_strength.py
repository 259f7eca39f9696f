"""Which way the price leans, counted in what a walk without a trend would lean by chance."""

import math

from nija_domain.features.feature import Feature
from nija_domain.market.candles import Bar

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

INITIAL: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)


def step(state: tuple[float, ...], bar: Bar) -> tuple[tuple[float, ...], float]:
    """Bounded by one on both sides; a price that never moved has no trend."""
    bars_seen, previous, fast, slow, variance = state
    log_close = math.log(bar.close)
    if bars_seen == 0.0:
        return (1.0, log_close, log_close, log_close, 0.0), math.nan
    log_return = log_close - previous
    weight = SLOW_WEIGHT if SLOW_WEIGHT * bars_seen > 1.0 else 1.0 / bars_seen
    variance += weight * (log_return * log_return - variance)
    fast += FAST_WEIGHT * (log_close - fast)
    slow += SLOW_WEIGHT * (log_close - slow)
    bars_seen += 1.0
    value = math.nan
    if bars_seen > WARM_UP_BARS:
        value = (
            math.tanh((fast - slow) / (math.sqrt(variance) * LEANING * BEND))
            if variance > 0.0
            else 0.0
        )
    return (bars_seen, log_close, fast, slow, variance), value


FEATURE = Feature(
    name="trend_strength",
    unit="-1 to 1",
    formula=(
        f"tanh((EWMA({FAST_SPAN_BARS}) - EWMA({SLOW_SPAN_BARS})) of ln(close)"
        f" / ({BEND:g} times its deviation on a random walk of the same volatility))"
    ),
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
