"""The covariance of every window of a history, moved on by one bar instead of computed anew."""

from collections.abc import Iterator

import numpy as np
from scipy.linalg.blas import dgemm

from nija_domain.allocation.covariance import Matrix, sample_covariance
from nija_domain.errors import NumberInvalid

REFRESH_ROWS = 4_096
"""Rounding grows with every step: so many rows later the sums are taken anew."""


def roll_covariances(returns: Matrix, *, window: int) -> Iterator[Matrix]:
    """The covariance (n − 1) of every window in order; the array is reused, copy what you keep.

    One row in, one row out (Chan, Golub & LeVeque 1983): with d = in − out,
    Σ' = Σ + (in − m)(in − m)ᵀ − (out − m)(out − m)ᵀ − d dᵀ / n, and m' = m + d / n.
    """
    table = np.ascontiguousarray(returns, dtype=np.float64)
    if not 1 < window <= len(table):
        raise NumberInvalid(f"window is {window}; it must be 2 to {len(table)}, the rows there are")
    for start in range(0, len(table) - window + 1, REFRESH_ROWS):
        yield from _roll(table[start : start + window + REFRESH_ROWS - 1], window)


def _roll(table: Matrix, window: int) -> Iterator[Matrix]:
    """All three products in one pass over the matrix: reading it is what a step costs."""
    covariance = np.asfortranarray(sample_covariance(table[:window]))
    yield covariance
    mean = table[:window].mean(axis=0)
    right = np.empty((3, table.shape[1]))
    signs = np.array([[1.0], [-1.0], [-1.0 / window]]) / (window - 1)
    for end in range(window, len(table)):
        came, went = table[end], table[end - window]
        right[0], right[1], right[2] = came - mean, went - mean, came - went
        mean = mean + right[2] / window
        covariance = dgemm(1.0, (signs * right).T, right, beta=1.0, c=covariance, overwrite_c=True)
        yield covariance
