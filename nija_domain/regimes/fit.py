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
from nija_domain.regimes.model import RegimeModel, check_model
from nija_domain.regimes.naming import name_states, rank_states

REGIME_FEATURES = ("log_return", "ewma_volatility", "trend_strength")

BARS_PER_STATE_MIN = 100
STATE_SHARE_MIN = 0.01
ONE_IMAGINED = 2.0  # one start and one move of each kind beside the seen: none is impossible
VARIANCE_MIN = 1e-3
GAIN_PER_BAR_MIN = 1e-6
STAY_PROBABILITY_AT_START = 0.9
# Without bounds a regime is spent on a handful of extreme bars, which every market has.
OUTLIER_LIMIT = 3.0
TRIMMED_SHARES = (0.01, 0.99)


class Sample(msgspec.Struct, frozen=True):
    """Standardised rows, one stretch per symbol after another, and their scaler."""

    center: FloatColumn
    scale: FloatColumn
    rows: FloatColumn
    lengths: list[int]


def fit_regimes(
    tables: Sequence[FeatureTable],
    *,
    states: int = 3,
    restarts: int,
    seed: int,
    iterations: int,
) -> RegimeModel:
    """The likeliest of several fits whose states all live; equal input gives an equal model."""
    sample = _standardise(tables)
    if len(sample.rows) < states * BARS_PER_STATE_MIN:
        raise NijaError(
            f"{len(sample.rows)} bars with features are too few to fit {states} regimes;"
            f" ingest at least {states * BARS_PER_STATE_MIN}"
        )
    with threadpool_limits(1):  # sums taken in another order would give another model
        fits = [
            _fit_once(sample, states=states, seed=seed + restart, iterations=iterations)
            for restart in range(restarts)
        ]
        alive = [fit for fit in fits if _find_dead_state(fit, sample) is None]
        if not alive:
            raise NijaError(
                f"none of {restarts} fits with {states} regimes holds:"
                f" {_find_dead_state(fits[0], sample)}; fit fewer regimes or ingest more bars"
            )
        likelihoods = [fit.score(sample.rows, sample.lengths) for fit in alive]
    best = int(np.argmax(likelihoods))
    return _as_model(alive[best], sample, log_likelihood=likelihoods[best])


def gaussian_hmm(model: RegimeModel) -> GaussianHMM:
    """The same model as hmmlearn's own, for whoever wants to check it there."""
    hmm = GaussianHMM(len(model.state_names), covariance_type="diag", init_params="", params="")
    hmm.startprob_ = np.array(model.start_probs)
    hmm.transmat_ = np.array(model.transition)
    hmm.means_ = np.array(model.means)
    hmm.covars_ = np.array(model.variances)
    hmm.n_features = len(model.feature_names)
    return hmm


def _standardise(tables: Sequence[FeatureTable]) -> Sample:
    stretches = []
    for table in tables:
        values = table.values[:, [table.names.index(name) for name in REGIME_FEATURES]]
        stretches.append(values[np.isfinite(values).all(axis=1)])
    lengths = [len(stretch) for stretch in stretches if len(stretch)]
    if not lengths:
        raise NijaError("no bar has all its features yet; ingest a longer history")
    rows = np.concatenate(stretches)
    trimmed = np.clip(rows, *np.quantile(rows, TRIMMED_SHARES, axis=0))
    center, scale = trimmed.mean(axis=0), trimmed.std(axis=0)
    if not np.all(scale > 0.0):
        raise NijaError(
            f"{REGIME_FEATURES[int(np.argmin(scale))]} never changes and so shows no regime;"
            " check the candles for a frozen feed"
        )
    rows = np.clip((rows - center) / scale, -OUTLIER_LIMIT, OUTLIER_LIMIT)
    return Sample(center, scale, rows, lengths)


def _fit_once(sample: Sample, *, states: int, seed: int, iterations: int) -> GaussianHMM:
    """Expectation-maximisation from centres drawn far apart and states that tend to stay."""
    hmm = GaussianHMM(
        states,
        covariance_type="diag",
        n_iter=iterations,
        tol=GAIN_PER_BAR_MIN * len(sample.rows),
        random_state=seed,
        init_params="c",
        startprob_prior=ONE_IMAGINED,
        transmat_prior=ONE_IMAGINED,
    )
    move = (1.0 - STAY_PROBABILITY_AT_START) / max(states - 1, 1)
    hmm.startprob_ = np.full(states, 1.0 / states)
    hmm.transmat_ = np.full((states, states), move)
    np.fill_diagonal(hmm.transmat_, 1.0 - move * (states - 1))
    hmm.means_, _ = kmeans_plusplus(sample.rows, states, random_state=seed)
    hmm.fit(sample.rows, sample.lengths)
    # A market that stands still for hours is a regime too, but no density may be without bound.
    hmm.covars_ = np.maximum(_variances(hmm), VARIANCE_MIN)
    return hmm


def _find_dead_state(hmm: GaussianHMM, sample: Sample) -> str | None:
    """What is wrong with a fit one of whose states holds next to nothing."""
    parameters = (hmm.startprob_, hmm.transmat_, hmm.means_, hmm.covars_)
    if not all(np.isfinite(part).all() for part in parameters):
        return "a parameter is not finite"
    shares = hmm.predict_proba(sample.rows, sample.lengths).mean(axis=0)
    if shares.min() < STATE_SHARE_MIN:
        return f"a regime holds only {shares.min():.2%} of the bars"
    return None


def _variances(hmm: GaussianHMM) -> FloatColumn:
    variances: FloatColumn = np.diagonal(hmm.covars_, axis1=1, axis2=2)
    return variances


def _as_model(hmm: GaussianHMM, sample: Sample, *, log_likelihood: float) -> RegimeModel:
    """The fit as a value, its states in their lasting order."""
    order = list(rank_states(hmm.means_.tolist(), feature_names=REGIME_FEATURES))
    history = hmm.monitor_.history
    model = RegimeModel(
        feature_names=REGIME_FEATURES,
        center=_row(sample.center),
        scale=_row(sample.scale),
        outlier_limit=OUTLIER_LIMIT,
        state_names=name_states(len(order)),
        start_probs=_row(hmm.startprob_[order]),
        transition=_table(hmm.transmat_[np.ix_(order, order)]),
        means=_table(hmm.means_[order]),
        variances=_table(_variances(hmm)[order]),
        log_likelihood_per_bar=float(log_likelihood) / len(sample.rows),
        bars_fitted=len(sample.rows),
        converged=len(history) > 1 and history[-1] - history[-2] < hmm.monitor_.tol,
    )
    check_model(model)
    return model


def _row(numbers: FloatColumn) -> tuple[float, ...]:
    return tuple(float(number) for number in numbers)


def _table(rows: FloatColumn) -> tuple[tuple[float, ...], ...]:
    return tuple(_row(row) for row in rows)
