"""What an account has shown: rates per UTC day, free of deposits and withdrawals."""

from collections.abc import Sequence
from math import exp, isfinite, log, sqrt

import msgspec

from nija_domain.market.timeframes import DAY_US

DAYS_A_YEAR = 365
WINDOW_DAYS = 30
HORIZONS_DAYS = (30, 90, 365)
LEAST_RETURNS = 2
GROWTH_LOG_MAX = 700.0
"""Growth beyond e⁷⁰⁰ is no number of money any more."""


class DayClose(msgspec.Struct, frozen=True):
    """The last mark of a UTC day: `index` grows with returns only, `profit` is of that day."""

    day: int
    index: float
    profit: float


def daily_returns(days: Sequence[DayClose], *, last_day: int, window: int) -> tuple[float, ...]:
    """One return for each of the window's days that the account has lived; idle days are 0."""
    if not days:
        return ()
    by_day = {close.day: close.index for close in days}
    first = max(days[0].day, last_day - window)
    before = max((c for c in days if c.day <= first), key=lambda c: c.day).index
    returns = []
    for day in range(first + 1, last_day + 1):
        after = by_day.get(day, before)
        returns.append(after / before - 1.0 if before > 0.0 else 0.0)
        before = after
    return tuple(returns)


def sharpe_ratio(returns: Sequence[float]) -> float | None:
    """Mean over deviation (n − 1) × √365; undefined without two days or without any movement."""
    count = len(returns)
    if count < LEAST_RETURNS:
        return None
    mean = sum(returns) / count
    deviation = sqrt(sum((r - mean) ** 2 for r in returns) / (count - 1))
    return mean / deviation * sqrt(DAYS_A_YEAR) if deviation > 0.0 else None


def annual_growth(index: float, *, lived_us: int) -> float | None:
    """CAGR of the index since it was 1; undefined under one day."""
    if lived_us < DAY_US or index <= 0.0:
        return None
    exponent = log(index) * DAYS_A_YEAR * DAY_US / lived_us
    return exp(min(exponent, GROWTH_LOG_MAX)) - 1.0


def growth_velocity(days: Sequence[DayClose], *, last_day: int) -> float | None:
    """Money per day over the trailing 30 days, or over all days that there are."""
    if not days:
        return None
    lived = min(last_day - days[0].day + 1, WINDOW_DAYS)
    profit = sum(close.profit for close in days if close.day > last_day - lived)
    return profit / lived


def project_equity(equity: float, annual: float | None) -> dict[int, float | None]:
    """Equity at each horizon if it went on as it went so far."""
    if annual is None:
        return dict.fromkeys(HORIZONS_DAYS)
    grown = {days: equity * (1.0 + annual) ** (days / DAYS_A_YEAR) for days in HORIZONS_DAYS}
    return {days: value if isfinite(value) else None for days, value in grown.items()}
