"""How much of a result is luck: the deflated Sharpe ratio, and a paired bootstrap.

Bailey & López de Prado (2014), 'The Deflated Sharpe Ratio', Journal of Portfolio Management 40(5).
"""

from collections.abc import Iterable, Sequence
from math import e, isfinite, sqrt
from statistics import NormalDist

import msgspec
import numpy as np
import numpy.typing as npt

from nija_domain.errors import NumberInvalid
from nija_domain.events.ledger import LedgerEntry, TrialRecorded
from nija_domain.statistics.block_bootstrap import draw_circular_means

EULER_MASCHERONI = 0.5772156649015329
SHARPE_METRIC = "sharpe_per_bar"
BARS_MIN = 3
SPREAD_FLOOR = 1e-12
"""Returns of only two values may leave no spread at all."""
NORMAL = NormalDist()

Returns = npt.NDArray[np.float64]


class ReturnMoments(msgspec.Struct, frozen=True, kw_only=True):
    """The shape of a row of returns; the kurtosis of a normal one is 3."""

    bars: int
    sharpe: float
    skewness: float
    kurtosis: float


class TrialAccount(msgspec.Struct, frozen=True):
    """Every trial ever made, and the Sharpe ratios of those that had one."""

    count: int
    sharpes: tuple[float, ...]


def account_trials(entries: Iterable[LedgerEntry]) -> TrialAccount:
    """All trials count, of whatever kind and outcome: leaving some out is how luck gets in."""
    trials = [entry for entry in entries if isinstance(entry, TrialRecorded)]
    known = (trial.metrics.get(SHARPE_METRIC) for trial in trials)
    return TrialAccount(len(trials), tuple(sharpe for sharpe in known if sharpe is not None))


def measure_moments(returns: Returns) -> ReturnMoments:
    """Per bar, nothing annualised; a row without any movement has a Sharpe ratio of zero."""
    _check(returns)
    mean = float(returns.mean())
    errors = returns - mean
    deviation = sqrt(float((errors * errors).mean()))
    if deviation <= abs(mean) * 1e-12:
        return ReturnMoments(bars=len(returns), sharpe=0.0, skewness=0.0, kurtosis=3.0)
    z = errors / deviation
    return ReturnMoments(
        bars=len(returns),
        sharpe=mean / deviation,
        skewness=float((z * z * z).mean()),
        kurtosis=float((z * z * z * z).mean()),
    )


def expected_max_sharpe(*, trials: int, variance: float) -> float:
    """What the best of so many trials shows when none of them is any good (their equation 1)."""
    if trials <= 1:
        return 0.0
    first = NORMAL.inv_cdf(1.0 - 1.0 / trials)
    second = NORMAL.inv_cdf(1.0 - 1.0 / (trials * e))
    return sqrt(variance) * ((1.0 - EULER_MASCHERONI) * first + EULER_MASCHERONI * second)


def probabilistic_sharpe(moments: ReturnMoments, *, benchmark: float) -> float:
    """How probable it is that the true Sharpe ratio is over the benchmark (their equation 2)."""
    sharpe = moments.sharpe
    spread = 1.0 - moments.skewness * sharpe + (moments.kurtosis - 1.0) / 4.0 * sharpe * sharpe
    deviation = sqrt(max(spread, SPREAD_FLOOR) / (moments.bars - 1))
    return NORMAL.cdf((sharpe - benchmark) / deviation)


def deflated_sharpe(moments: ReturnMoments, account: TrialAccount) -> float:
    """The probability that the result is more than the best of all trials by luck alone.

    The spread of the trials' ratios is at least what one worthless ratio spreads by itself, so that
    a flock of near copies does not lower the bar.
    """
    variance = 1.0 / (moments.bars - 1)
    if len(account.sharpes) > 1:
        variance = max(variance, float(np.var(account.sharpes, ddof=1)))
    benchmark = expected_max_sharpe(trials=account.count, variance=variance)
    return probabilistic_sharpe(moments, benchmark=benchmark)


def bootstrap_lower_bound(
    differences: Returns,
    *,
    block_bars: int,
    draws: int,
    confidence: float,
    rng: np.random.Generator,
) -> float:
    """The one-sided lower bound of the mean, by circular blocks of bars."""
    _check(differences)
    if not 0.0 < confidence < 1.0:
        raise NumberInvalid(f"confidence is {confidence}; it must lie between 0 and 1")
    means = draw_circular_means(differences, block=block_bars, draws=draws, rng=rng)
    return float(np.quantile(means, 1.0 - confidence))


def _check(returns: Returns | Sequence[float]) -> None:
    if len(returns) < BARS_MIN or not all(map(isfinite, returns)):
        raise NumberInvalid(
            f"returns of {len(returns)} bars cannot be judged;"
            f" give {BARS_MIN} at least, each a finite number"
        )
