"""How sure a number is: intervals that hold the true one in 95 of 100 samples.

All take the returns as drawn from one distribution, each without regard to the one before; where
good days come in rows, the truth is less sure than told.
"""

from collections.abc import Sequence
from math import exp, log, log1p, sqrt
from statistics import NormalDist, fmean, stdev

import msgspec

CONFIDENCE = 0.95
QUANTILE = 0.5 + CONFIDENCE / 2.0
LOG_MAX = 700.0
"""Beyond e⁷⁰⁰ there is no number of money any more."""


class Interval(msgspec.Struct, frozen=True):
    low: float
    high: float


def sharpe_interval(returns: Sequence[float], *, periods_a_year: int) -> Interval | None:
    """Around the annual Sharpe ratio; None where nothing moves.

    Mertens (2002), 'Comments on variance of the IID estimator in Lo (2002)': of n returns with
    ratio S, skewness γ₃ and kurtosis γ₄, Var(S) = (1 − γ₃ S + (γ₄ − 1) / 4 · S²) / (n − 1).
    """
    mean, deviation = fmean(returns), stdev(returns)
    if deviation <= 0.0:
        return None
    errors = [(r - mean) / deviation for r in returns]
    skewness, kurtosis = fmean(e**3 for e in errors), fmean(e**4 for e in errors)
    ratio = mean / deviation
    spread = max(1.0 - skewness * ratio + (kurtosis - 1.0) / 4.0 * ratio * ratio, 0.0)
    reach = NormalDist().inv_cdf(QUANTILE) * sqrt(spread / (len(returns) - 1))
    year = sqrt(periods_a_year)
    return Interval((ratio - reach) * year, (ratio + reach) * year)


def growth_interval(annual: float, returns: Sequence[float], *, periods_a_year: int) -> Interval:
    """Around the annual growth rate: Student's t (1908) on the mean of the logarithmic returns."""
    reach = _t_quantile(len(returns) - 1) * _log_spread(returns) / sqrt(len(returns))
    middle = log1p(annual)
    return Interval(
        _grown(middle - reach * periods_a_year) - 1.0, _grown(middle + reach * periods_a_year) - 1.0
    )


def projection_interval(
    annual: float, returns: Sequence[float], *, periods: int, periods_a_year: int
) -> Interval:
    """By what factor money may have grown after so many more periods.

    A prediction interval for the sum of m further values after n (Hahn & Meeker 1991, 'Statistical
    Intervals', 4.8): mean · m ± t · s · √(m + m² / n), of the logarithmic returns. It holds both
    how little is known of the mean and how far the future itself may stray.
    """
    count = len(returns)
    middle = log1p(annual) * periods / periods_a_year
    reach = _t_quantile(count - 1) * _log_spread(returns) * sqrt(periods + periods**2 / count)
    return Interval(_grown(middle - reach), _grown(middle + reach))


def share_interval(hits: int, tries: int) -> Interval:
    """Around a share of successes: Wilson (1927), which stays within 0 and 1."""
    z = NormalDist().inv_cdf(QUANTILE)
    share, weight = hits / tries, z * z / tries
    middle = (share + weight / 2.0) / (1.0 + weight)
    reach = z * sqrt(share * (1.0 - share) / tries + weight / (4.0 * tries)) / (1.0 + weight)
    return Interval(max(middle - reach, 0.0), min(middle + reach, 1.0))


def _log_spread(returns: Sequence[float]) -> float:
    """A return of −1 has no logarithm: whoever has lost all has no growth to bound either."""
    return stdev(log(max(1.0 + r, 1e-300)) for r in returns)


def _grown(logarithm: float) -> float:
    return exp(min(logarithm, LOG_MAX))


def _t_quantile(freedom: int) -> float:
    """Student's t by its expansion about the normal (Abramowitz & Stegun 1964, 26.7.5)."""
    z = NormalDist().inv_cdf(QUANTILE)
    first = (z**3 + z) / 4.0
    second = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
    third = (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0
    return z + first / freedom + second / freedom**2 + third / freedom**3
