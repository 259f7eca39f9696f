"""How far the price has come in an hour of five-minute bars."""

import math

from nija_domain.features.feature import BarRow, Feature

BARS = 12
WARM_UP_BARS = BARS

INITIAL: tuple[float, ...] = (0.0,) * (BARS + 1)
"""Bars seen, then the logs of the last closes, the oldest first."""


def step(state: tuple[float, ...], bar: BarRow) -> tuple[tuple[float, ...], float]:
    bars_seen, closes = state[0], state[1:]
    value = bar.log_close - closes[0] if bars_seen >= BARS else math.nan
    return (bars_seen + 1.0,) + closes[1:] + (bar.log_close,), value  # noqa: RUF005 - the compiler knows no unpacking


FEATURE = Feature(
    name="momentum",
    unit="log ratio",
    formula=f"ln(close) - ln(close {BARS} bars before)",
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
