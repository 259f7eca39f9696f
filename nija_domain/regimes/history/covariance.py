"""Covariances as matrices, and as the triangles that a model carries."""

import numpy as np

from nija_domain.market.candles import FloatColumn
from nija_domain.regimes.model import RegimeModel, Triangles


def covariance_matrices(model: RegimeModel) -> FloatColumn:
    """Of each state, in the model's units."""
    if not model.whitening:
        return np.array(model.variances)[..., None] * np.eye(len(model.feature_names))
    factors = np.linalg.inv(matrices_of(model.whitening))
    return np.asarray(factors @ np.swapaxes(factors, -1, -2), dtype=np.float64)


def whiten(covariances: FloatColumn) -> FloatColumn:
    """The inverse of each matrix's Cholesky factor."""
    inverses: FloatColumn = np.tril(np.linalg.inv(np.linalg.cholesky(covariances)))
    return inverses


def triangles_of(matrices: FloatColumn) -> Triangles:
    """The lower triangle of each matrix, row by row."""
    return tuple(
        tuple(tuple(row[: number + 1]) for number, row in enumerate(matrix))
        for matrix in matrices.tolist()
    )


def matrices_of(triangles: Triangles) -> FloatColumn:
    """The other way round: nothing stands above the diagonal."""
    width = len(triangles[0])
    return np.array(
        [[[*row, *[0.0] * (width - len(row))] for row in triangle] for triangle in triangles]
    )


def floor_covariances(covariances: FloatColumn, *, least: float) -> FloatColumn:
    """The same, but in no direction narrower than this variance."""
    spreads, directions = np.linalg.eigh(covariances)
    raised = directions * np.maximum(spreads, least)[..., None, :]
    is_narrow = (spreads.min(axis=-1) < least)[..., None, None]
    floored: FloatColumn = np.where(
        is_narrow, raised @ np.swapaxes(directions, -1, -2), covariances
    )
    return floored
