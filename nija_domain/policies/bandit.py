"""Which preset to trade under: linear Thompson sampling with unknown noise.

Each arm, a config id, has a Bayesian regression of net return on the context (Bishop 2006, §3.3;
the noise variance has a gamma prior on its inverse). The value of an arm in a context then is a
Student t, and the arm that a draw of all values would choose is drawn directly: its probability
is known by quadrature, so that one uniform number decides and the propensity is exact.
"""

from collections.abc import Iterable, Mapping
from functools import reduce
from math import isfinite, sqrt

import msgspec
import numpy as np

from nija_domain.errors import NotFound, NumberInvalid
from nija_domain.statistics.student_t import StudentT, probabilities_of_greatest

REGIMES: tuple[str, ...] = ("Bull", "Chop", "Bear")
CONTEXT_NAMES: tuple[str, ...] = (*REGIMES, "annual_volatility", "intercept")
VOLATILITY_MAX = 5.0
PRIOR_SHAPE, PRIOR_NOISE_DEVIATION = 2.0, 0.02
"""Before any reward a deviation of two per cent: with one of 1, such returns would say nothing."""

Context = tuple[float, ...]


class Posterior(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is believed of one arm's weights and noise.

    Given the noise variance σ², the weights are normal around `precision`⁻¹ `shift` with covariance
    σ² `precision`⁻¹; 1/σ² has a gamma distribution of this shape and rate.
    """

    precision: tuple[tuple[float, ...], ...]
    shift: tuple[float, ...]
    shape: float
    rate: float
    rewards: int = 0


class Observed(msgspec.Struct, frozen=True):
    """The context in which a trade was entered, and the net return that it paid."""

    context: Context
    reward: float


class Choice(msgspec.Struct, frozen=True):
    """The arm to trade under, and how probable it was to be chosen."""

    config_id: str
    propensity: float


def context_of(filtered_probs: Mapping[str, float], *, annual_volatility: float) -> Context:
    """The numbers in the order of CONTEXT_NAMES; a volatility past the limit counts as the limit.

    The probabilities and the intercept overlap; the prior keeps the regression well posed.
    """
    probabilities = (filtered_probs.get(regime, 0.0) for regime in REGIMES)
    if not annual_volatility >= 0.0:
        raise NumberInvalid(
            f"annual_volatility of the context is {annual_volatility}; it must be 0 or more"
        )
    return (*probabilities, min(annual_volatility, VOLATILITY_MAX), 1.0)


def prior() -> Posterior:
    """What is believed of an arm that was never traded: it pays nothing, give or take the noise."""
    width = len(CONTEXT_NAMES)
    return Posterior(
        precision=tuple(
            tuple(float(row == column) for column in range(width)) for row in range(width)
        ),
        shift=(0.0,) * width,
        shape=PRIOR_SHAPE,
        rate=(PRIOR_SHAPE - 1.0) * PRIOR_NOISE_DEVIATION**2,
    )


def update(posterior: Posterior, context: Context, reward: float) -> Posterior:
    """The posterior after one more reward.

    The rate grows by half the squared surprise over its predicted spread, which is never negative;
    the textbook's difference of two large sums may be.
    """
    _check(posterior, context, reward)
    x = np.array(context)
    precision, shift = np.array(posterior.precision), np.array(posterior.shift)
    weights, spread = np.linalg.solve(precision, np.stack([shift, x], axis=1)).T
    surprise = reward - float(weights @ x)
    return Posterior(
        precision=tuple(map(tuple, (precision + np.outer(x, x)).tolist())),
        shift=tuple((shift + reward * x).tolist()),
        shape=posterior.shape + 0.5,
        rate=posterior.rate + 0.5 * surprise * surprise / (1.0 + float(spread @ x)),
        rewards=posterior.rewards + 1,
    )


def fold_rewards(posterior: Posterior, observed: Iterable[Observed]) -> Posterior:
    """The state is a fold: the release carries it so far, the executor folds what came after."""
    return reduce(lambda state, seen: update(state, seen.context, seen.reward), observed, posterior)


def value_of(posterior: Posterior, context: Context) -> StudentT:
    """The expected reward of an arm in this context, as far as it is known."""
    _check(posterior, context)
    x = np.array(context)
    columns = np.stack([np.array(posterior.shift), x], axis=1)
    weights, spread = np.linalg.solve(np.array(posterior.precision), columns).T
    return StudentT(
        freedom=2.0 * posterior.shape,
        location=float(weights @ x),
        scale=sqrt(posterior.rate / posterior.shape * float(spread @ x)),
    )


def propensities_of(posteriors: Mapping[str, Posterior], context: Context) -> dict[str, float]:
    """The probability of each arm to be the best in this context, by config id in order."""
    config_ids = sorted(posteriors)
    values = tuple(value_of(posteriors[config_id], context) for config_id in config_ids)
    return dict(zip(config_ids, probabilities_of_greatest(values), strict=True))


def choose(posteriors: Mapping[str, Posterior], context: Context, uniform: float) -> Choice:
    """The arm that this uniform number of [0, 1) falls on."""
    if not posteriors:
        raise NotFound("there is no preset to choose from; register one")
    if not 0.0 <= uniform < 1.0:
        raise NumberInvalid(f"uniform is {uniform}; draw it from [0, 1)")
    propensities = propensities_of(posteriors, context)
    passed = 0.0
    for config_id, propensity in propensities.items():
        passed += propensity
        if uniform < passed:
            return Choice(config_id, propensity)
    # Rounding may leave the sum a hair under one: what falls there is the likeliest arm's.
    likeliest = max(propensities, key=lambda config_id: propensities[config_id])
    return Choice(likeliest, propensities[likeliest])


def _check(posterior: Posterior, context: Context, reward: float = 0.0) -> None:
    if len(context) != len(posterior.shift):
        raise NumberInvalid(
            f"context has {len(context)} numbers and the posterior {len(posterior.shift)};"
            " build it with context_of, or start again with a new posterior"
        )
    if not all(map(isfinite, (*context, reward))) or not any(context):
        raise NumberInvalid(
            f"context {context} with reward {reward} cannot be learned from;"
            " give finite numbers, and a context that is not all zero"
        )
