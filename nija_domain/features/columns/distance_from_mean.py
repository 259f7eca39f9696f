"""How far the price has strayed from its own average of four hours of five-minute bars."""

import math

from nija_domain.features.feature import BarRow, Feature

SPAN_BARS = 48
WARM_UP_BARS = SPAN_BARS - 1
WEIGHT = 2.0 / (SPAN_BARS + 1.0)

DEVIATION_OF_A_WALK = (1.0 - WEIGHT) / math.sqrt(1.0 - (1.0 - WEIGHT) * (1.0 - WEIGHT))
"""How far a random walk of unit steps strays by chance, as a standard deviation.

With d = 1 - weight the distance obeys x' = d (x + step), so its variance is d*d / (1 - d*d).
"""

INITIAL: tuple[float, ...] = (0.0, 0.0)


def step(state: tuple[float, ...], bar: BarRow) -> tuple[tuple[float, ...], float]:
    bars_seen, mean = state
    bars_seen += 1.0
    weight = WEIGHT if WEIGHT * bars_seen > 1.0 else 1.0 / bars_seen
    mean += weight * (bar.log_close - mean)
    value = bar.log_close - mean if bars_seen > WARM_UP_BARS else math.nan
    return (bars_seen, mean), value


FEATURE = Feature(
    name="distance_from_mean",
    unit="log ratio",
    formula=f"ln(close) - EWMA({SPAN_BARS}) of ln(close)",
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
