"""How symbols move together: sample, decaying, shrunk and regime-weighted covariance."""

import msgspec
import numpy as np
import numpy.typing as npt

from nija_domain.errors import NumberInvalid

Matrix = npt.NDArray[np.float64]
Vector = npt.NDArray[np.float64]

LEAST_ROWS = 2
MISSING_SHARE_MAX = 0.5


class AlignedReturns(msgspec.Struct, frozen=True):
    """Rows in which every kept symbol has a return; `dropped` had too few to be compared."""

    symbols: tuple[str, ...]
    returns: Matrix
    dropped: tuple[str, ...]


class Shrunk(msgspec.Struct, frozen=True):
    covariance: Matrix
    shrinkage: float


def align_returns(symbols: tuple[str, ...], returns: Matrix) -> AlignedReturns:
    """A symbol that misses over half of the rows is dropped, then every row that misses one."""
    table = np.asarray(returns, dtype=np.float64)
    if table.ndim != LEAST_ROWS or table.shape[1] != len(symbols):
        raise NumberInvalid(
            f"returns have the shape {table.shape}; give a row a bar and {len(symbols)} columns"
        )
    is_known = np.isfinite(table)
    share = is_known.mean(axis=0) if len(table) else np.zeros(len(symbols))
    is_kept = share >= 1.0 - MISSING_SHARE_MAX
    rows = is_known[:, is_kept].all(axis=1)
    kept = tuple(symbol for symbol, keep in zip(symbols, is_kept, strict=True) if keep)
    dropped = tuple(symbol for symbol in symbols if symbol not in kept)
    return AlignedReturns(kept, table[rows][:, is_kept], dropped)


def sample_covariance(returns: Matrix) -> Matrix:
    """With n − 1; one row too few to vary is refused by name."""
    table = _checked(returns)
    centred = table - table.mean(axis=0)
    covariance: Matrix = centred.T @ centred / (len(table) - 1)
    return covariance


def weighted_covariance(returns: Matrix, weights: Vector) -> Matrix:
    """Each row counts by its weight: of its age, or of the regime that it was believed to be in.

    Unbiased for equal weights: the divisor is 1 − Σ w² of the weights that sum to one.
    """
    table = _checked(returns)
    shares = np.asarray(weights, dtype=np.float64)
    if shares.shape != (len(table),) or not np.isfinite(shares).all() or (shares < 0.0).any():
        raise NumberInvalid("weights must be one finite number of 0 or more for each row")
    total = float(shares.sum())
    spread = 1.0 - float((shares * shares).sum()) / (total * total) if total > 0.0 else 0.0
    if spread <= 0.0:
        raise NumberInvalid("weights leave a single row; a covariance needs two that weigh")
    shares = shares / total
    centred = table - shares @ table
    covariance: Matrix = (centred * shares[:, None]).T @ centred / spread
    return covariance


def ewma_covariance(returns: Matrix, *, half_life_bars: float) -> Matrix:
    """The newest row weighs most; one a half-life older weighs half."""
    if not 0.0 < half_life_bars < np.inf:
        raise NumberInvalid(f"half_life_bars is {half_life_bars}; it must be positive and finite")
    ages = np.arange(len(returns))[::-1]
    return weighted_covariance(returns, 0.5 ** (ages / half_life_bars))


def ledoit_wolf(returns: Matrix) -> Shrunk:
    """Toward a multiple of the identity, by the share of Ledoit & Wolf (2004), eq. 14."""
    table = _checked(returns)
    rows, width = table.shape
    centred = table - table.mean(axis=0)
    covariance = centred.T @ centred / rows
    mean_variance = float(np.trace(covariance)) / width
    squares = centred * centred
    noise = float((squares.T @ squares).sum()) / rows - float((covariance * covariance).sum())
    noise /= width * rows
    distance = float((covariance * covariance).sum()) / width - mean_variance * mean_variance
    share = 0.0 if width == 1 or distance <= 0.0 else min(max(noise / distance, 0.0), 1.0)
    shrunk: Matrix = (1.0 - share) * covariance
    shrunk.flat[:: width + 1] += share * mean_variance
    return Shrunk(shrunk, share)


def _checked(returns: Matrix) -> Matrix:
    table = np.asarray(returns, dtype=np.float64)
    if table.ndim != LEAST_ROWS or table.shape[0] < LEAST_ROWS or table.shape[1] == 0:
        raise NumberInvalid(
            f"returns have the shape {table.shape}; a covariance needs two rows of one symbol"
        )
    if not np.isfinite(table).all():
        raise NumberInvalid("returns hold a number that is none; align them first")
    return table
