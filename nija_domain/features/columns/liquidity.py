"""How much money changes hands in a bar."""

import math

from nija_domain.features.feature import BarRow, Feature

SPAN_BARS = 96
WARM_UP_BARS = 47
WEIGHT = 2.0 / (SPAN_BARS + 1.0)

INITIAL: tuple[float, ...] = (0.0, 0.0)


def step(state: tuple[float, ...], bar: BarRow) -> tuple[tuple[float, ...], float]:
    """One unit of the quote currency is added, so that a market without trades has a number."""
    bars_seen, value_traded = state
    bars_seen += 1.0
    weight = WEIGHT if WEIGHT * bars_seen > 1.0 else 1.0 / bars_seen
    value_traded += weight * (bar.close * bar.volume - value_traded)
    value = math.log(1.0 + value_traded) if bars_seen > WARM_UP_BARS else math.nan
    return (bars_seen, value_traded), value


FEATURE = Feature(
    name="liquidity",
    unit="log of quote currency",
    formula=f"ln(1 + EWMA({SPAN_BARS}) of close x volume)",
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
