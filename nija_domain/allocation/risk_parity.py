"""Weights with which every symbol adds the same risk, scaled to the account's target."""

from math import sqrt

import msgspec
import numpy as np

from nija_domain.allocation.covariance import Matrix, Vector
from nija_domain.errors import NumberInvalid

NEWTON_STEPS_MAX = 200
NEWTON_TOLERANCE = 1e-8
"""The square of it is left after one more step: rounding."""
QUADRATIC_DECREMENT = 0.25
"""Under this decrement a full step converges; above it the damped one cannot overshoot."""
RIDGE = 1e-10
DEGENERATE_SHARE = 1e-12
SYMMETRY_SLACK = 1e-9
SQUARE_NDIM = 2


class PrincipalRisk(msgspec.Struct, frozen=True):
    """Principal components, the greatest first: `explained` of all variance, `risk` of ours."""

    covariance: Matrix
    values: Vector
    vectors: Matrix
    explained: Vector
    risk: Vector


class SymbolAllocation(msgspec.Struct, frozen=True, kw_only=True):
    """`weights` are shares of the tradable capital, at most 1 together; the rest is cash."""

    weights: dict[str, float]
    risk_shares: dict[str, float]
    volatility: float
    exposure: float
    first_component: float


def equal_risk_weights(covariance: Matrix) -> Vector:
    """Long only, sum 1: x · Σx is the same for all (Maillard, Roncalli & Teïletche 2010).

    The minimum of ½ xᵀΣx − Σ log xᵢ / n by damped Newton steps (Spinu 2013). A symbol that never
    moves has no risk to share and gets nothing, unless none moves: then all get the same.
    """
    sigma = _checked(covariance)
    variances = np.diag(sigma)
    scale = float(variances.max(initial=0.0))
    moving = variances > scale * DEGENERATE_SHARE
    count = len(sigma)
    if scale <= 0.0:
        return np.full(count, 1.0 / count)
    weights = np.zeros(count)
    deviations = np.sqrt(variances[moving])
    correlation = sigma[np.ix_(moving, moving)] / np.outer(deviations, deviations)
    solved = _solve_barrier(_lifted(correlation)) / deviations
    weights[moving] = solved / solved.sum()
    return weights


def _lifted(correlation: Matrix) -> Matrix:
    """Where some mix has no risk at all the barrier has no minimum: a trace of noise gives one."""
    lowest = float(np.linalg.eigvalsh(correlation)[0])
    if lowest > RIDGE:
        return correlation
    return correlation + (RIDGE - min(lowest, 0.0)) * np.eye(len(correlation))


def _solve_barrier(sigma: Matrix) -> Vector:
    count = len(sigma)
    budget = 1.0 / count
    x: Vector = np.full(count, 1.0 / sqrt(float(sigma.sum())))
    for _ in range(NEWTON_STEPS_MAX):
        gradient = sigma @ x - budget / x
        hessian = sigma + np.diag(budget / (x * x))
        step = np.linalg.solve(hessian, gradient)
        # Self-concordant after division by the budget: λ² = gᵀH⁻¹g / budget (Nesterov 2004).
        decrement = sqrt(max(float(gradient @ step), 0.0) / budget)
        x = x - (step if decrement < QUADRATIC_DECREMENT else step / (1.0 + decrement))
        if decrement < NEWTON_TOLERANCE:
            return x
    return x


def risk_contributions(weights: Vector, covariance: Matrix) -> Vector:
    """The share of the portfolio's variance that each weight adds; all 0 where there is none."""
    return _shares(weights * (covariance @ weights))


def principal_risk(
    covariance: Matrix, weights: Vector, *, previous: PrincipalRisk | None = None
) -> PrincipalRisk:
    """Decomposed anew only where the covariance is another than that of the previous answer."""
    if previous is not None and np.array_equal(previous.covariance, covariance):
        values, vectors = previous.values, previous.vectors
    else:
        rising, columns = np.linalg.eigh(covariance)
        values, vectors = np.maximum(rising[::-1], 0.0), columns[:, ::-1]
    along = (vectors.T @ weights) ** 2 * values
    return PrincipalRisk(
        covariance=covariance,
        values=values,
        vectors=vectors,
        explained=_shares(values),
        risk=_shares(along),
    )


def _shares(parts: Vector) -> Vector:
    total = float(parts.sum())
    shares: Vector = parts / total if total > 0.0 else np.zeros(len(parts))
    return shares


def allocate_symbols(
    symbols: tuple[str, ...],
    covariance: Matrix,
    *,
    target_volatility: float,
    first_component_max: float = 0.70,
    previous: PrincipalRisk | None = None,
) -> tuple[SymbolAllocation, PrincipalRisk]:
    """Equal risk, then no more of it than the target, and less where one component rules.

    The covariance is annual. Nothing is borrowed: the weights sum to 1 at most.
    """
    if not 0.0 < target_volatility < np.inf:
        raise NumberInvalid(f"target_volatility is {target_volatility}; it must be positive")
    if not 0.0 < first_component_max <= 1.0:
        raise NumberInvalid(f"first_component_max is {first_component_max}; it must lie in (0, 1]")
    weights = equal_risk_weights(covariance)
    volatility = sqrt(max(float(weights @ covariance @ weights), 0.0))
    exposure = min(1.0, target_volatility / volatility) if volatility > 0.0 else 1.0
    principal = principal_risk(covariance, weights, previous=previous)
    first = float(principal.explained[0])
    if first > first_component_max and len(symbols) > 1:
        exposure *= first_component_max / first
    shares = risk_contributions(weights, covariance)
    allocation = SymbolAllocation(
        weights={s: float(w) * exposure for s, w in zip(symbols, weights, strict=True)},
        risk_shares=dict(zip(symbols, map(float, shares), strict=True)),
        volatility=volatility * exposure,
        exposure=exposure,
        first_component=first,
    )
    return allocation, principal


def _checked(covariance: Matrix) -> Matrix:
    sigma = np.asarray(covariance, dtype=np.float64)
    if sigma.ndim != SQUARE_NDIM or sigma.shape[0] != sigma.shape[1] or not len(sigma):
        raise NumberInvalid(f"covariance has the shape {sigma.shape}; it must be square")
    if not np.isfinite(sigma).all():
        raise NumberInvalid("covariance holds a number that is none; align the returns first")
    if not np.allclose(sigma, sigma.T, rtol=0.0, atol=SYMMETRY_SLACK * float(np.abs(sigma).max())):
        raise NumberInvalid("covariance is not symmetric; take it from one of this module's own")
    return sigma
