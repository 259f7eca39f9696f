"""How far the close moved since the close before."""

import math

from nija_domain.features.feature import BarRow, Feature

WARM_UP_BARS = 1

INITIAL: tuple[float, ...] = (0.0, 0.0)
"""One once a bar was seen, and the log of its close."""


def step(state: tuple[float, ...], bar: BarRow) -> tuple[tuple[float, ...], float]:
    has_previous, previous = state
    value = bar.log_close - previous if has_previous else math.nan
    return (1.0, bar.log_close), value


FEATURE = Feature(
    name="log_return",
    unit="log ratio",
    formula="ln(close) - ln(previous close)",
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
