"""How far the close moved since the close before."""

import math

from nija_domain.features.feature import Feature
from nija_domain.market.candles import Bar

WARM_UP_BARS = 1

# Zero, not NaN, stands for no previous close: a state must survive JSON.
INITIAL: tuple[float, ...] = (0.0,)


def step(state: tuple[float, ...], bar: Bar) -> tuple[tuple[float, ...], float]:
    (previous_close,) = state
    if previous_close == 0.0:
        return (bar.close,), math.nan
    return (bar.close,), math.log(bar.close / previous_close)


FEATURE = Feature(
    name="log_return",
    unit="log ratio",
    formula="ln(close / previous close)",
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
