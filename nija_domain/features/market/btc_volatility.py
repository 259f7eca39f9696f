"""How much the symbol moves that leads the others."""

import math

from nija_domain.features.columns import ewma_volatility
from nija_domain.features.feature import Feature, MarketRow

WARM_UP_BARS = ewma_volatility.WARM_UP_BARS

INITIAL: tuple[float, ...] = (-1.0,)
"""Below zero there is none yet: a frozen price has the volatility zero."""


def step(state: tuple[float, ...], row: MarketRow) -> tuple[tuple[float, ...], float]:
    """The last one known stands while the leader has no bar."""
    (known,) = state
    if not math.isnan(row.btc_volatility):
        known = row.btc_volatility
    return (known,), known if known >= 0.0 else math.nan


FEATURE = Feature(
    name="btc_volatility",
    unit="log ratio per root bar",
    formula="ewma_volatility of BTC",
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
