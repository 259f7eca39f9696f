"""How unusual the volume is, against the volumes before it."""

import math

from nija_domain.features.feature import BarRow, Feature

SPAN_BARS = 96
WARM_UP_BARS = 48
WEIGHT = 2.0 / (SPAN_BARS + 1.0)

INITIAL: tuple[float, ...] = (0.0, 0.0, 0.0)


def step(state: tuple[float, ...], bar: BarRow) -> tuple[tuple[float, ...], float]:
    """Volumes that never changed have no unusual one."""
    bars_seen, mean, variance = state
    surprise = bar.volume - mean
    value = math.nan
    if bars_seen >= WARM_UP_BARS:
        value = surprise / math.sqrt(variance) if variance > 0.0 else 0.0
    bars_seen += 1.0
    weight = WEIGHT if WEIGHT * bars_seen > 1.0 else 1.0 / bars_seen
    mean += weight * surprise
    variance = (1.0 - weight) * (variance + weight * surprise * surprise)
    return (bars_seen, mean, variance), value


FEATURE = Feature(
    name="volume_zscore",
    unit="standard deviations",
    formula=f"(volume - m) / s with m, s the EWMA({SPAN_BARS}) mean and deviation before this bar",
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
