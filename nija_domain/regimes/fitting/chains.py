"""Gaussian hidden Markov models by the batch: symbols, restarts and folds climb side by side.

hmmlearn's estimates from hmmlearn's starts: same priors, same steps, same ending.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Literal, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from hmmlearn.hmm import GaussianHMM

from nija_domain.errors import NumberInvalid
from nija_domain.market.candles import FloatColumn
from nija_domain.regimes.fitting.kernel import BLOCK_BARS, Chains, Room, Sums, expect

Ending = Literal["converged", "exhausted", "dead_state", "collapsed", "impossible"]

CHAINS_TOGETHER_MAX = 16
MASS_MIN = 1e-8
PAIR = 2
VARIANCE_TINY = float(np.finfo(np.float64).tiny)
JITTER = 1e-7
"""What hmmlearn adds to the diagonal of a covariance that cannot be factored."""


class Parameters(NamedTuple):
    """Of one model, or of many along a first axis; covariances are matrices, diagonal or not."""

    start: FloatColumn
    transition: FloatColumn
    means: FloatColumn
    covariances: FloatColumn

    def take(self, chains: npt.NDArray[np.int64] | int) -> "Parameters":
        return Parameters(*(part[chains] for part in self))


class Batch(msgspec.Struct, frozen=True):
    """Rows that many chains read: chain c the stretches `shares[c][0]` up to `shares[c][1]`.

    A stretch is a pair of first row and end; stretches may overlap, as folds do.
    """

    rows: FloatColumn
    spans: npt.NDArray[np.int64]
    shares: npt.NDArray[np.int64]


class Climb(msgspec.Struct, frozen=True, kw_only=True):
    """How far a fit goes and what it believes before the first bar, under hmmlearn's names."""

    n_iter: int = 50
    tol: float = 1e-2
    covariance_type: Literal["diag", "full"] = "diag"
    startprob_prior: float = 1.0
    transmat_prior: float = 1.0
    means_prior: float = 0.0
    means_weight: float = 0.0
    covars_prior: float = 1e-2
    covars_weight: float = 1.0
    workers: int = 1


class Fits(NamedTuple):
    """Every chain's parameters, its log-likelihood before each step, and how it ended.

    A chain that lost a state, collapsed or met an impossible bar keeps its last whole parameters.
    """

    parameters: Parameters
    histories: list[FloatColumn]
    endings: list[Ending]


class Scores(NamedTuple):
    """What chains make of their shares: a log-likelihood each, and the bars in each state."""

    log_likelihoods: FloatColumn
    masses: FloatColumn


def fit_chains(batch: Batch, starts: Parameters, climb: Climb) -> Fits:
    """Each chain from its own start to its own end; equal input gives equal fits."""
    _check(batch, starts)
    groups = _groups(len(batch.shares), workers=climb.workers)
    # Threads and not numba's parallel loops: those end a forked child, and compile twice as long.
    with ThreadPoolExecutor(climb.workers) as pool:
        parts = list(
            pool.map(
                lambda group: _climb(
                    _share_of(batch, group), starts=starts.take(group), climb=climb
                ),
                groups,
            )
        )
    return Fits(
        Parameters(*map(np.concatenate, zip(*(part.parameters for part in parts), strict=True))),
        [history for part in parts for history in part.histories],
        [ending for part in parts for ending in part.endings],
    )


def score_chains(batch: Batch, parameters: Parameters) -> Scores:
    """The log-likelihood of each chain's share; minus infinity where a covariance is not one."""
    _check(batch, parameters)
    chains, is_positive = _whiten(parameters, Climb(covariance_type="full"))
    sums = _no_sums(parameters.means)
    room = _make_room(parameters.start.shape[1], batch.spans)
    columns = np.ascontiguousarray(batch.rows.T)
    expect((columns, batch.spans, batch.shares), tuple(chains), tuple(room), tuple(sums))
    return Scores(np.where(is_positive, sums.log_likelihood, -np.inf), sums.mass)


def as_hmmlearn(fits: Fits, chain: int, climb: Climb) -> GaussianHMM:
    """One chain as hmmlearn's own fitted object."""
    parameters = fits.parameters.take(chain)
    hmm = GaussianHMM(
        len(parameters.start),
        implementation="scaling",
        **{
            name: value
            for name, value in msgspec.structs.asdict(climb).items()
            if name != "workers"
        },
    )
    hmm.n_features = parameters.means.shape[1]
    hmm.startprob_, hmm.transmat_, hmm.means_ = parameters[:3]
    is_full = climb.covariance_type == "full"
    hmm.covars_ = parameters.covariances if is_full else _diagonals(parameters.covariances)
    for log_likelihood in fits.histories[chain]:
        hmm.monitor_.report(log_likelihood)
    return hmm


def _check(batch: Batch, starts: Parameters) -> None:
    """The compiled step looks at no bounds: what lies outside of them is found here."""
    rows, spans, shares = batch.rows, batch.spans, batch.shares
    chains, states, features = starts.means.shape
    shapes = ((chains, states), (chains, states, states), starts.means.shape)
    strange = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if strange.size:
        raise NumberInvalid(
            f"rows[{strange[0]}] is {rows[strange[0]].tolist()}; leave out the"
            " bars whose features are not finite"
        )
    rules = (
        ("spans", _are_ranges(spans, end=len(rows)), f"ranges of bars within {len(rows)} rows"),
        ("shares", _are_ranges(shares, end=len(spans)), f"ranges within {len(spans)} spans"),
        ("shares", len(shares) == chains, f"one for each of the {chains} chains of the starts"),
        (
            "starts",
            tuple(part.shape for part in starts[:3]) == shapes
            and starts.covariances.shape == (*shapes[2], features)
            and rows.shape[1] == features,
            f"parameters of {states} states and {rows.shape[1]} features, as the rows have them",
        ),
    )
    for name, holds, meaning in rules:
        if not holds:
            raise NumberInvalid(f"{name} do not fit the batch; they must be {meaning}")


def _are_ranges(pairs: npt.NDArray[np.int64], *, end: int) -> bool:
    """Each from a place to a later one, none empty and none outside."""
    if pairs.ndim != PAIR or pairs.shape[1] != PAIR or not len(pairs):
        return False
    lows, highs = pairs[:, 0], pairs[:, 1]
    return bool((lows >= 0).all() and (lows < highs).all() and (highs <= end).all())


def _groups(chains: int, *, workers: int) -> list[npt.NDArray[np.int64]]:
    """Chains that go together: few enough to balance, and each worker gets as many groups."""
    rounds = -(-chains // (workers * CHAINS_TOGETHER_MAX))
    return np.array_split(np.arange(chains), min(chains, workers * rounds))


def _share_of(batch: Batch, group: npt.NDArray[np.int64]) -> Batch:
    """The part of the batch that these chains read, so that no copy of the whole is made."""
    first, last = batch.shares[group, 0].min(), batch.shares[group, 1].max()
    spans = batch.spans[first:last]
    low, high = spans.min(), spans.max()
    return Batch(batch.rows[low:high], spans - low, batch.shares[group] - first)


def _climb(batch: Batch, *, starts: Parameters, climb: Climb) -> Fits:
    """Expectation and maximisation in turn, for the chains that are not at their end yet."""
    columns = np.ascontiguousarray(batch.rows.T)
    parameters = Parameters(*(part.copy() for part in starts))
    room = _make_room(starts.start.shape[1], batch.spans)
    history = np.full((1 + climb.n_iter, len(batch.shares)), np.nan)
    endings = np.full(len(batch.shares), "exhausted", dtype=object)
    active = np.arange(len(batch.shares))
    for iteration in range(1, 1 + climb.n_iter):
        now = parameters.take(active)
        chains, is_positive = _whiten(now, climb)
        sums = _no_sums(now.means)
        market = (columns, batch.spans, batch.shares[active])
        expect(market, tuple(chains), tuple(room), tuple(sums))
        moved, is_alive = _maximise(now, sums, climb)
        is_possible = np.isfinite(sums.log_likelihood)
        is_whole = is_positive & is_possible & is_alive
        history[iteration, active[is_whole]] = sums.log_likelihood[is_whole]
        for part, new in zip(parameters, moved, strict=True):
            part[active[is_whole]] = new[is_whole]
        is_over = sums.log_likelihood - history[iteration - 1, active] < climb.tol
        endings[active] = np.select(
            [~is_positive, ~is_possible, ~is_alive, is_over],
            ["collapsed", "impossible", "dead_state", "converged"],
            "exhausted",
        )
        active = active[is_whole & ~is_over]
        if not active.size:
            break
    histories = [column[np.isfinite(column)] for column in history.T]
    return Fits(parameters, histories, endings.tolist())


def _whiten(parameters: Parameters, climb: Climb) -> tuple[Chains, npt.NDArray[np.bool_]]:
    """What densities need of the covariances, and whether each chain's are positive."""
    _, states, features = parameters.means.shape
    is_full = climb.covariance_type == "full"
    if is_full:
        factors, is_positive = _factor(parameters.covariances)
    else:
        variances = np.maximum(_diagonals(parameters.covariances), VARIANCE_TINY)
        factors = np.sqrt(variances)[..., None] * np.eye(features)
        is_positive = np.asarray(np.isfinite(variances).all(axis=(1, 2)))
        factors[~is_positive] = np.eye(features)
    log_norms = -0.5 * features * np.log(2.0 * np.pi) - np.log(_diagonals(factors)).sum(axis=2)
    whitening = np.tril(np.linalg.inv(factors))
    chains = Chains((0.0,) * states, is_full, *parameters[:3], whitening, log_norms)
    return chains, is_positive


def _factor(covariances: FloatColumn) -> tuple[FloatColumn, npt.NDArray[np.bool_]]:
    """Cholesky's factors; the identity where a chain has a covariance without one."""
    factors = np.empty_like(covariances)
    is_positive = np.ones(len(covariances), dtype=np.bool_)
    jitter = JITTER * np.eye(covariances.shape[-1])
    for chain, matrices in enumerate(covariances):
        for state, matrix in enumerate(matrices):
            try:
                factors[chain, state] = np.linalg.cholesky(matrix)
            except np.linalg.LinAlgError:
                try:
                    factors[chain, state] = np.linalg.cholesky(matrix + jitter)
                except np.linalg.LinAlgError:
                    factors[chain, state] = np.eye(len(matrix))
                    is_positive[chain] = False
    return factors, is_positive


def _maximise(
    parameters: Parameters, sums: Sums, climb: Climb
) -> tuple[Parameters, npt.NDArray[np.bool_]]:
    """hmmlearn's M-step (Huang, Acero, Hon 2001, pages 443 to 445), and whose states all live."""
    mass, mean_pull = sums.mass[..., None], climb.means_weight
    with np.errstate(divide="ignore", invalid="ignore"):
        start = _share(sums.start, parameters.start, prior=climb.startprob_prior)
        transition = _share(sums.transition, parameters.transition, prior=climb.transmat_prior)
        means = (mean_pull * climb.means_prior + sums.first) / (mean_pull + mass)
        distance, crossed = means - climb.means_prior, _outer(sums.first, means)
        spread = mean_pull * _outer(distance, distance) + _mirrored(sums.second)
        spread += _outer(means, means) * mass[..., None] - crossed - np.swapaxes(crossed, -1, -2)
        if climb.covariance_type == "full":
            weight = max(climb.covars_weight - means.shape[2], 0.0)
            covariances = (climb.covars_prior + spread) / (weight + mass[..., None])
        else:
            weight = max(climb.covars_weight - 1.0, 0.0)
            divisor = np.maximum(weight + mass[..., None], 1e-5)
            covariances = (climb.covars_prior + spread) / divisor * np.eye(means.shape[2])
    moved = Parameters(start, transition, means, covariances)
    is_alive = sums.mass.min(axis=1) >= MASS_MIN
    for part in moved:
        is_alive &= np.isfinite(part.reshape(len(part), -1)).all(axis=1)
    return moved, is_alive


def _share(counts: FloatColumn, before: FloatColumn, *, prior: float) -> FloatColumn:
    """Probabilities by counts and prior; what was impossible stays so; nothing counted is NaN."""
    expected = np.where(before == 0.0, 0.0, np.maximum(prior - 1.0 + counts, 0.0))
    shares: FloatColumn = expected / expected.sum(axis=-1, keepdims=True)
    return shares


def _outer(left: FloatColumn, right: FloatColumn) -> FloatColumn:
    product: FloatColumn = left[..., :, None] * right[..., None, :]
    return product


def _mirrored(lower: FloatColumn) -> FloatColumn:
    """A symmetric matrix from its lower triangle."""
    whole: FloatColumn = lower + np.swapaxes(np.tril(lower, -1), -1, -2)
    return whole


def _diagonals(matrices: FloatColumn) -> FloatColumn:
    diagonals: FloatColumn = np.diagonal(matrices, axis1=-2, axis2=-1)
    return diagonals


def _make_room(states: int, spans: npt.NDArray[np.int64]) -> Room:
    bars = int((spans[:, 1] - spans[:, 0]).max())
    lattice, block = np.empty((states, bars + 1)), np.empty(BLOCK_BARS)
    return Room(
        weights=lattice,
        forward=np.empty_like(lattice),
        block=np.empty((states, BLOCK_BARS)),
        product=block,
        shifted=np.empty_like(block),
        powers=np.empty_like(block),
    )


def _no_sums(means: FloatColumn) -> Sums:
    chains, states, features = means.shape
    return Sums(
        start=np.zeros((chains, states)),
        transition=np.zeros((chains, states, states)),
        mass=np.zeros((chains, states)),
        first=np.zeros((chains, states, features)),
        second=np.zeros((chains, states, features, features)),
        log_likelihood=np.zeros(chains),
    )
