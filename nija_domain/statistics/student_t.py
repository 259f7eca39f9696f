"""Student's t: its distribution, and which of several independent ones is the greatest."""

from math import lgamma, log, pi

import msgspec
import numpy as np
import numpy.typing as npt

from nija_domain.errors import NumberInvalid

Grid = npt.NDArray[np.float64]

FREEDOM_MIN = 4.0
"""Heavier tails would reach past the ends of the quadrature."""
REACH, STRETCHES, NODES = 10.0, 50, 8
FRACTION_TERMS_MAX = 10_000
FRACTION_TOLERANCE = 1e-15
TINY = 1e-300


class StudentT(msgspec.Struct, frozen=True):
    freedom: float
    location: float
    scale: float


def probabilities_of_greatest(values: tuple[StudentT, ...]) -> tuple[float, ...]:
    """For each value, the probability that it exceeds all others: ∫ f_k(x) ∏ F_j(x) dx, j ≠ k.

    The stretches of the quadrature are fine around every value's own place and scale, and run out
    to some ten thousand scales, beyond which a value lies once in 10¹⁵ times.
    """
    for value in values:
        if not (value.freedom >= FREEDOM_MIN and value.scale > 0.0):
            raise NumberInvalid(
                f"{value} cannot be compared; its freedom must be {FREEDOM_MIN:g} or more"
                " and its scale positive"
            )
    points, weights = _quadrature(values)
    each = {value: distribution(value, points) for value in dict.fromkeys(values)}
    below = np.stack([each[value] for value in values])
    areas = [
        float(weights @ (density(value, points) * np.delete(below, arm, axis=0).prod(axis=0)))
        for arm, value in enumerate(values)
    ]
    total = sum(areas)
    return tuple(area / total for area in areas)


def density(value: StudentT, points: Grid) -> Grid:
    z = (points - value.location) / value.scale
    half = (value.freedom + 1.0) / 2.0
    log_constant = lgamma(half) - lgamma(value.freedom / 2.0) - 0.5 * log(pi * value.freedom)
    heights: Grid = np.exp(log_constant - half * np.log1p(z * z / value.freedom)) / value.scale
    return heights


def distribution(value: StudentT, points: Grid) -> Grid:
    """The probability of lying at or below each point (Abramowitz & Stegun 1964, 26.7.1)."""
    z = (points - value.location) / value.scale
    squares, half = z * z, value.freedom / 2.0
    # Each form keeps its digits where the other cancels: near the middle, and in the tails.
    near = squares < 1.0
    middle, tail = squares[near], squares[~near]
    beyond = np.empty_like(squares)
    beyond[near] = 0.5 - 0.5 * _incomplete_beta(0.5, half, middle / (value.freedom + middle))
    beyond[~near] = 0.5 * _incomplete_beta(half, 0.5, value.freedom / (value.freedom + tail))
    shares: Grid = np.where(z > 0.0, 1.0 - beyond, beyond)
    return shares


def _quadrature(values: tuple[StudentT, ...]) -> tuple[Grid, Grid]:
    """Gauss-Legendre points and weights on stretches between marks that every value sets."""
    steps = np.sinh(np.linspace(-REACH, REACH, STRETCHES + 1))
    marks = np.unique(np.concatenate([value.location + value.scale * steps for value in values]))
    roots, heights = np.polynomial.legendre.leggauss(NODES)
    halves, middles = np.diff(marks) / 2.0, (marks[1:] + marks[:-1]) / 2.0
    points = middles[:, None] + halves[:, None] * roots
    return points.ravel(), (halves[:, None] * heights).ravel()


def _incomplete_beta(a: float, b: float, x: Grid) -> Grid:
    """The regularised incomplete beta function, by the side whose fraction converges."""
    turned = x > (a + 1.0) / (a + b + 2.0)
    share = np.empty_like(x)
    share[~turned] = _beta_side(a, b, x[~turned])
    share[turned] = 1.0 - _beta_side(b, a, 1.0 - x[turned])
    return share


def _beta_side(a: float, b: float, x: Grid) -> Grid:
    """x^a (1-x)^b / (a B(a, b)) times the fraction of Numerical Recipes (2007), §6.4."""
    log_beta = lgamma(a) + lgamma(b) - lgamma(a + b)
    with np.errstate(divide="ignore"):
        front: Grid = np.exp(a * np.log(x) + b * np.log1p(-x) - log_beta) / a
    return front * _continued_fraction(a, b, x)


def _continued_fraction(a: float, b: float, x: Grid) -> Grid:
    """Lentz's method, all points at once until the last has converged."""
    numerators = np.ones_like(x)
    denominators = 1.0 / _off_zero(1.0 - (a + b) * x / (a + 1.0))
    fraction = denominators.copy()
    for m in range(1, FRACTION_TERMS_MAX):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            denominators = 1.0 / _off_zero(1.0 + term * denominators)
            numerators = _off_zero(1.0 + term / numerators)
            change = numerators * denominators
            fraction = fraction * change
        if float(np.abs(change - 1.0).max(initial=0.0)) < FRACTION_TOLERANCE * 4.0:
            return fraction
    raise NumberInvalid(
        f"the beta function of {a} and {b} does not converge; a shape is out of every range"
    )


def _off_zero(numbers: Grid) -> Grid:
    """The same array: they have just been computed, and are divided by next."""
    numbers[np.abs(numbers) < TINY] = TINY
    return numbers
