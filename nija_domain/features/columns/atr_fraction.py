"""How wide a bar is, gaps included, as a share of the price: the measure of a stop's distance."""

import math

from nija_domain.features.feature import BarRow, Feature

SPAN_BARS = 14
WARM_UP_BARS = SPAN_BARS - 1
WEIGHT = 1.0 / SPAN_BARS

INITIAL: tuple[float, ...] = (0.0, 0.0, 0.0)


def step(state: tuple[float, ...], bar: BarRow) -> tuple[tuple[float, ...], float]:
    """Wilder's average of the true range, over the close."""
    bars_seen, previous_close, average_range = state
    top, bottom = bar.high, bar.low
    if bars_seen > 0.0:
        top = max(top, previous_close)
        bottom = min(bottom, previous_close)
    bars_seen += 1.0
    weight = WEIGHT if WEIGHT * bars_seen > 1.0 else 1.0 / bars_seen
    average_range += weight * (top - bottom - average_range)
    value = average_range / bar.close if bars_seen > WARM_UP_BARS else math.nan
    return (bars_seen, bar.close, average_range), value


FEATURE = Feature(
    name="atr_fraction",
    unit="share of the close",
    formula=f"Wilder average({SPAN_BARS}) of the true range / close",
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
