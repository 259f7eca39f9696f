"""The covariance of the last bars, moved on by one bar instead of computed anew."""

from collections.abc import Iterator

import numpy as np

from nija_domain.capital.covariance import Matrix, sample_covariance
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
    covariance = sample_covariance(table[:window])
    yield covariance
    mean = table[:window].mean(axis=0)
    step = np.empty_like(covariance)
    left, right = np.empty((table.shape[1], 3)), np.empty((3, table.shape[1]))
    for end in range(window, len(table)):
        if (end - window) % REFRESH_ROWS == REFRESH_ROWS - 1:
            covariance[:] = sample_covariance(table[end - window + 1 : end + 1])
            mean = table[end - window + 1 : end + 1].mean(axis=0)
            yield covariance
            continue
        came, went = table[end], table[end - window]
        right[0], right[1], right[2] = came - mean, went - mean, came - went
        left[:, 0], left[:, 1], left[:, 2] = right[0], -right[1], right[2] / -window
        mean = mean + right[2] / window
        right /= window - 1
        np.matmul(left, right, out=step)
        covariance += step
        yield covariance
