"""Fitting a regime model to the feature rows of many symbols."""

from collections.abc import Sequence

import msgspec
import numpy as np
from hmmlearn.hmm import GaussianHMM
from sklearn.cluster import kmeans_plusplus
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from nija_domain.errors import NijaError
from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import FloatColumn
from nija_domain.regimes.fit_chains import Batch, Climb, Fits, Parameters, fit_chains, score_chains
from nija_domain.regimes.model import RegimeModel, check_model
from nija_domain.regimes.naming import name_states, rank_states

REGIME_FEATURES = ("log_return", "ewma_volatility", "trend_strength")

BARS_PER_STATE_MIN = 100
STATE_SHARE_MIN = 0.01
ONE_IMAGINED = 2.0  # one start and one move of each kind beside the seen: none is impossible
VARIANCE_MIN = 1e-3
GAIN_PER_BAR_MIN = 1e-6
STAY_PROBABILITY_AT_START = 0.9
STRETCH_BARS = 50
WORKERS = 4
# Without bounds a regime is spent on a handful of extreme bars, which every market has; with narrow
# ones so many bars lie on the bound that a regime is spent on these.
OUTLIER_LIMIT = 5.0
TRIMMED_SHARES = (0.01, 0.99)


class Sample(msgspec.Struct, frozen=True):
    """Standardised rows, one stretch per symbol after another, and their scaler."""

    feature_names: tuple[str, ...]
    center: FloatColumn
    scale: FloatColumn
    rows: FloatColumn
    lengths: list[int]

    def batch(self, *, chains: int) -> Batch:
        edges = np.cumsum([0, *self.lengths])
        spans = np.column_stack([edges[:-1], edges[1:]])
        return Batch(self.rows, spans, np.tile([0, len(spans)], (chains, 1)))


def fit_regimes(
    tables: Sequence[FeatureTable],
    *,
    states: int = 3,
    feature_names: tuple[str, ...] = REGIME_FEATURES,
    restarts: int,
    seed: int,
    iterations: int,
) -> RegimeModel:
    """The likeliest of several fits whose states all live; equal input gives an equal model."""
    sample = draw_sample(tables, feature_names=feature_names)
    if len(sample.rows) < states * BARS_PER_STATE_MIN:
        raise NijaError(
            f"{len(sample.rows)} bars with features are too few to fit {states} regimes;"
            f" ingest at least {states * BARS_PER_STATE_MIN}"
        )
    climb = climb_of(len(sample.rows), iterations=iterations)
    starts = _draw_starts(sample, states=states, seeds=range(seed, seed + restarts))
    fits = fit_chains(sample.batch(chains=restarts), starts, climb)
    return _choose(fits, sample)


def climb_of(bars: int, *, iterations: int) -> Climb:
    """How a regime model climbs: hmmlearn's way, with one start and one move of each imagined."""
    return Climb(
        n_iter=iterations,
        tol=GAIN_PER_BAR_MIN * bars,
        startprob_prior=ONE_IMAGINED,
        transmat_prior=ONE_IMAGINED,
        workers=WORKERS,
    )


def gaussian_hmm(model: RegimeModel) -> GaussianHMM:
    """The same model as hmmlearn's own, for whoever wants to check it there."""
    hmm = GaussianHMM(len(model.state_names), covariance_type="diag", init_params="", params="")
    hmm.startprob_ = np.array(model.start_probs)
    hmm.transmat_ = np.array(model.transition)
    hmm.means_ = np.array(model.means)
    hmm.covars_ = np.array(model.variances)
    hmm.n_features = len(model.feature_names)
    return hmm


def draw_sample(tables: Sequence[FeatureTable], *, feature_names: tuple[str, ...]) -> Sample:
    """The rows whose features are all known, standardised by their own trimmed spread."""
    stretches = []
    for table in tables:
        values = table.values[:, [table.names.index(name) for name in feature_names]]
        stretches.append(values[np.isfinite(values).all(axis=1)])
    lengths = [len(stretch) for stretch in stretches if len(stretch)]
    if not lengths:
        raise NijaError("no bar has all its features yet; ingest a longer history")
    rows = np.concatenate(stretches)
    trimmed = np.clip(rows, *np.quantile(rows, TRIMMED_SHARES, axis=0))
    center, scale = trimmed.mean(axis=0), trimmed.std(axis=0)
    if not np.all(scale > 0.0):
        raise NijaError(
            f"{feature_names[int(np.argmin(scale))]} never changes and so shows no regime;"
            " check the candles for a frozen feed"
        )
    rows = np.clip((rows - center) / scale, -OUTLIER_LIMIT, OUTLIER_LIMIT)
    return Sample(feature_names, center, scale, rows, lengths)


def _draw_starts(sample: Sample, *, states: int, seeds: Sequence[int]) -> Parameters:
    """By turns from stretches of history that are least alike, and from bars that are.

    Stretches show states that differ in spread, bars those that a rare stretch would hide.
    """
    with threadpool_limits(1):  # sums taken in another order would give another start
        drawn = [
            (_draw_stretches if number % 2 == 0 else _draw_bars)(sample, states=states, seed=seed)
            for number, seed in enumerate(seeds)
        ]
    move = (1.0 - STAY_PROBABILITY_AT_START) / max(states - 1, 1)
    transition = np.full((states, states), move)
    np.fill_diagonal(transition, 1.0 - move * (states - 1))
    return Parameters(
        np.full((len(seeds), states), 1.0 / states),
        np.tile(transition, (len(seeds), 1, 1)),
        np.array([means for means, _ in drawn]),
        np.array([variances for _, variances in drawn])[..., None] * np.eye(sample.rows.shape[1]),
    )


def _draw_stretches(sample: Sample, *, states: int, seed: int) -> tuple[FloatColumn, FloatColumn]:
    """Means and variances of stretches that lie far from each other."""
    parts = np.array_split(sample.rows, max(len(sample.rows) // STRETCH_BARS, states))
    means = np.array([part.mean(axis=0) for part in parts])
    variances = np.array([part.var(axis=0) for part in parts]) + VARIANCE_MIN
    traits = np.column_stack([means / np.sqrt(variances), np.log(variances)])
    _, chosen = kmeans_plusplus(traits, states, random_state=seed)
    return means[chosen], variances[chosen]


def _draw_bars(sample: Sample, *, states: int, seed: int) -> tuple[FloatColumn, FloatColumn]:
    """Bars that lie far from each other, and the variance of all of them."""
    means, _ = kmeans_plusplus(sample.rows, states, random_state=seed)
    return means, np.tile(sample.rows.var(axis=0) + VARIANCE_MIN, (states, 1))


def _choose(fits: Fits, sample: Sample) -> RegimeModel:
    """The likeliest chain whose states all live, as it scores after its last step."""
    chains, states = fits.parameters.start.shape
    # A market that stands still for hours is a regime too, but no density may be without bound.
    floor = VARIANCE_MIN * np.eye(sample.rows.shape[1])
    parameters = fits.parameters._replace(
        covariances=np.maximum(fits.parameters.covariances, floor)
    )
    scores = score_chains(sample.batch(chains=chains), parameters)
    shares = scores.masses.min(axis=1) / len(sample.rows)
    is_alive = (shares >= STATE_SHARE_MIN) & (np.array(fits.endings) != "dead_state")
    if not is_alive.any():
        raise NijaError(
            f"none of {chains} fits with {states} regimes holds: a regime holds only"
            f" {shares.max():.2%} of the bars; fit fewer regimes or ingest more bars"
        )
    best = int(np.argmax(np.where(is_alive, scores.log_likelihoods, -np.inf)))
    return _as_model(
        parameters.take(best),
        sample,
        log_likelihood=float(scores.log_likelihoods[best]),
        is_converged=fits.endings[best] == "converged",
    )


def _as_model(
    parameters: Parameters, sample: Sample, *, log_likelihood: float, is_converged: bool
) -> RegimeModel:
    """The fit as a value, its states in their lasting order."""
    order = list(rank_states(parameters.means.tolist(), feature_names=sample.feature_names))
    variances = np.diagonal(parameters.covariances, axis1=1, axis2=2)
    model = RegimeModel(
        feature_names=sample.feature_names,
        center=_row(sample.center),
        scale=_row(sample.scale),
        outlier_limit=OUTLIER_LIMIT,
        state_names=name_states(len(order)),
        start_probs=_row(parameters.start[order]),
        transition=_table(parameters.transition[np.ix_(order, order)]),
        means=_table(parameters.means[order]),
        variances=_table(variances[order]),
        log_likelihood_per_bar=log_likelihood / len(sample.rows),
        bars_fitted=len(sample.rows),
        converged=is_converged,
    )
    check_model(model)
    return model


def _row(numbers: FloatColumn) -> tuple[float, ...]:
    return tuple(float(number) for number in numbers)


def _table(rows: FloatColumn) -> tuple[tuple[float, ...], ...]:
    return tuple(_row(row) for row in rows)
