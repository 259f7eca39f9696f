"""How far the price has come in an hour of five-minute bars."""

import math

from nija_domain.features.feature import Feature
from nija_domain.market.candles import Bar

BARS = 12
WARM_UP_BARS = BARS

INITIAL: tuple[float, ...] = (0.0,) * BARS
"""The last closes, the oldest first; zero where there is none yet."""


def step(state: tuple[float, ...], bar: Bar) -> tuple[tuple[float, ...], float]:
    oldest = state[0]
    value = math.log(bar.close / oldest) if oldest > 0.0 else math.nan
    return state[1:] + (bar.close,), value  # noqa: RUF005 - the compiler knows no unpacking


FEATURE = Feature(
    name="momentum",
    unit="log ratio",
    formula=f"ln(close / close {BARS} bars before)",
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
