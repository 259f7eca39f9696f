"""Volatility from the range of each bar: five times the information of closes alone.

Parkinson 1980, The extreme value method for estimating the variance of the rate of return.
"""

import math

from nija_domain.features.feature import BarRow, Feature

SPAN_BARS = 60
WARM_UP_BARS = 29
WEIGHT = 2.0 / (SPAN_BARS + 1.0)
RANGE_OF_A_WALK = 4.0 * math.log(2.0)

INITIAL: tuple[float, ...] = (0.0, 0.0)


def step(state: tuple[float, ...], bar: BarRow) -> tuple[tuple[float, ...], float]:
    bars_seen, variance = state
    log_range = bar.log_high - bar.log_low
    bars_seen += 1.0
    weight = WEIGHT if WEIGHT * bars_seen > 1.0 else 1.0 / bars_seen
    variance += weight * (log_range * log_range / RANGE_OF_A_WALK - variance)
    value = math.sqrt(variance) if bars_seen > WARM_UP_BARS else math.nan
    return (bars_seen, variance), value


FEATURE = Feature(
    name="parkinson_volatility",
    unit="log ratio per root bar",
    formula=f"root of the EWMA({SPAN_BARS}) of ln(high / low)^2 / (4 ln 2)",
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
