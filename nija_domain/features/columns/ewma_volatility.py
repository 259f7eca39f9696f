"""How much the close moves in one bar; times the root of the bars in a year it is annual."""

import math

from nija_domain.features.feature import Feature
from nija_domain.market.candles import Bar

SPAN_BARS = 60
WARM_UP_BARS = 30
WEIGHT = 2.0 / (SPAN_BARS + 1.0)

INITIAL: tuple[float, ...] = (0.0, 0.0, 0.0)


def step(state: tuple[float, ...], bar: Bar) -> tuple[tuple[float, ...], float]:
    """The plain mean of the squares until there are enough for the weights to decay."""
    returns_seen, previous_close, variance = state
    if previous_close == 0.0:
        return (0.0, bar.close, 0.0), math.nan
    log_return = math.log(bar.close / previous_close)
    returns_seen += 1.0
    weight = WEIGHT if WEIGHT * returns_seen > 1.0 else 1.0 / returns_seen
    variance += weight * (log_return * log_return - variance)
    value = math.sqrt(variance) if returns_seen >= WARM_UP_BARS else math.nan
    return (returns_seen, bar.close, variance), value


FEATURE = Feature(
    name="ewma_volatility",
    unit="log ratio per root bar",
    formula=f"root of the EWMA({SPAN_BARS}) of squared log returns",
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
