"""Which share of all movement was upward.

Wilder 1978, New Concepts in Technical Trading Systems.
"""

import math

from nija_domain.features.feature import BarRow, Feature

SPAN_BARS = 14
WARM_UP_BARS = SPAN_BARS
WEIGHT = 1.0 / SPAN_BARS
MIDDLE = 50.0

INITIAL: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)


def step(state: tuple[float, ...], bar: BarRow) -> tuple[tuple[float, ...], float]:
    """A price that never moved stands in the middle."""
    moves_seen, previous, gains, losses = state
    if previous == 0.0:
        return (0.0, bar.close, 0.0, 0.0), math.nan
    move = bar.close - previous
    moves_seen += 1.0
    weight = WEIGHT if WEIGHT * moves_seen > 1.0 else 1.0 / moves_seen
    gains += weight * ((max(0.0, move)) - gains)
    losses += weight * ((-move if move < 0.0 else 0.0) - losses)
    value = math.nan
    if moves_seen >= WARM_UP_BARS:
        value = 100.0 * gains / (gains + losses) if gains + losses > 0.0 else MIDDLE
    return (moves_seen, bar.close, gains, losses), value


FEATURE = Feature(
    name="rsi",
    unit="0 to 100",
    formula=f"100 g / (g + l) with g, l Wilder's averages({SPAN_BARS}) of gains and losses",
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
