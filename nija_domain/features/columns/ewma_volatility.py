"""How much the close moves in one bar; times the root of the bars in a year it is annual."""

import math

from nija_domain.features.feature import BarRow, Feature

SPAN_BARS = 60
WARM_UP_BARS = 30
WEIGHT = 2.0 / (SPAN_BARS + 1.0)

INITIAL: tuple[float, ...] = (0.0, 0.0, 0.0)


def step(state: tuple[float, ...], bar: BarRow) -> tuple[tuple[float, ...], float]:
    """The plain mean of the squares until there are enough for the weights to decay."""
    bars_seen, previous, variance = state
    if bars_seen == 0.0:
        return (1.0, bar.log_close, 0.0), math.nan
    log_return = bar.log_close - previous
    weight = WEIGHT if WEIGHT * bars_seen > 1.0 else 1.0 / bars_seen
    variance += weight * (log_return * log_return - variance)
    value = math.sqrt(variance) if bars_seen >= WARM_UP_BARS else math.nan
    return (bars_seen + 1.0, bar.log_close, variance), value


FEATURE = Feature(
    name="ewma_volatility",
    unit="log ratio per root bar",
    formula=f"root of the EWMA({SPAN_BARS}) of squared log returns",
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
