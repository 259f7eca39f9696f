"""How far apart the symbols went in one bar."""

import math

from nija_domain.features.feature import Feature, MarketRow

WARM_UP_BARS = 1

INITIAL: tuple[float, ...] = (0.0,)


def step(state: tuple[float, ...], row: MarketRow) -> tuple[tuple[float, ...], float]:
    """One symbol alone is not apart from anything; at first the dispersion is unknown."""
    (rows_seen,) = state
    total, symbols = 0.0, 0.0
    for log_return in row.returns:
        if not math.isnan(log_return):
            total += log_return
            symbols += 1.0
    if symbols == 0.0:
        return state, 0.0 if rows_seen > 0.0 else math.nan
    mean, squares = total / symbols, 0.0
    for log_return in row.returns:
        if not math.isnan(log_return):
            squares += (log_return - mean) * (log_return - mean)
    return (rows_seen + 1.0,), math.sqrt(squares / symbols)


FEATURE = Feature(
    name="dispersion",
    unit="log ratio",
    formula="standard deviation of log_return over the symbols",
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
