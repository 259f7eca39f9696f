"""Where the market as a whole went in one bar."""

import math

from nija_domain.features.feature import Feature, MarketRow

WARM_UP_BARS = 1

INITIAL: tuple[float, ...] = (0.0,)


def step(state: tuple[float, ...], row: MarketRow) -> tuple[tuple[float, ...], float]:
    """A market in which nobody has a return stands still; at first it is unknown."""
    (rows_seen,) = state
    total, symbols = 0.0, 0.0
    for log_return in row.returns:
        if not math.isnan(log_return):
            total += log_return
            symbols += 1.0
    if symbols > 0.0:
        return (rows_seen + 1.0,), total / symbols
    return state, 0.0 if rows_seen > 0.0 else math.nan


FEATURE = Feature(
    name="mean_return",
    unit="log ratio",
    formula="mean of log_return over the symbols",
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
