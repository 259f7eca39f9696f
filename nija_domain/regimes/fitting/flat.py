"""Fitting a regime model to the feature rows of many symbols."""

from collections.abc import Sequence

import msgspec
import numpy as np
from hmmlearn.hmm import GaussianHMM

from nija_domain.errors import HistoryTooShort
from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import FloatColumn
from nija_domain.regimes.fitting.chains import Climb, Fits, Parameters, fit_chains, score_chains
from nija_domain.regimes.fitting.plan import FitPlan, ModelSpec
from nija_domain.regimes.fitting.sample import OUTLIER_LIMIT, FitSample, draw_sample
from nija_domain.regimes.fitting.starts import VARIANCE_MIN, draw_starts, warm_start, why_cold
from nija_domain.regimes.history.covariance import (
    covariance_matrices,
    floor_covariances,
    triangles_of,
    whiten,
)
from nija_domain.regimes.model import Covariance, RegimeModel, check_model
from nija_domain.regimes.naming import name_states, rank_states

REGIME_FEATURES = ("log_return", "ewma_volatility", "trend_strength")

BARS_PER_STATE_MIN = 100
STATE_SHARE_MIN = 0.01
ONE_IMAGINED = 2.0  # one start and one move of each kind beside the seen: none is impossible
GAIN_PER_BAR_MIN = 1e-6
WORKERS = 4


def fit_regimes(
    tables: Sequence[FeatureTable],
    *,
    states: int = 3,
    feature_names: tuple[str, ...] = REGIME_FEATURES,
    restarts: int,
    seed: int,
    iterations: int,
) -> RegimeModel:
    """A model whose features vary independently within a state."""
    plan = FitPlan(states=states, restarts=restarts, seed=seed, iterations=iterations)
    return fit_model(tables, ModelSpec(feature_names), plan=plan)


def fit_model(tables: Sequence[FeatureTable], spec: ModelSpec, *, plan: FitPlan) -> RegimeModel:
    """The likeliest of several fits in which every state is used; equal input, equal model."""
    sample = draw_sample(tables, feature_names=spec.feature_names)
    if len(sample.rows) < plan.states * BARS_PER_STATE_MIN:
        raise HistoryTooShort(
            f"{len(sample.rows)} bars with features are too few to fit {plan.states} regimes;"
            f" ingest at least {plan.states * BARS_PER_STATE_MIN}"
        )
    climb = climb_of(len(sample.rows), iterations=plan.iterations, covariance=spec.covariance)
    starts = _starts_of(sample, spec, plan=plan)
    fits = fit_chains(sample.batch(chains=len(starts.start)), starts, climb)
    return _choose(fits, sample, covariance=spec.covariance, cold_starts=plan.restarts)


def _starts_of(sample: FitSample, spec: ModelSpec, *, plan: FitPlan) -> Parameters:
    """Random starts and, if allowed, the champion's parameters."""
    seeds = range(plan.seed, plan.seed + plan.restarts)
    cold = draw_starts(sample, states=plan.states, seeds=seeds)
    if spec.champion is None or why_cold(
        spec.champion,
        feature_names=spec.feature_names,
        states=plan.states,
        seen_until_us=sample.seen_until_us,
    ):
        return cold
    warm = warm_start(spec.champion, sample, covariance=spec.covariance)
    return Parameters(*map(np.concatenate, zip(cold, warm, strict=True)))


def climb_of(bars: int, *, iterations: int, covariance: Covariance) -> Climb:
    """How a regime model climbs: hmmlearn's way, with one start and one move of each imagined."""
    return Climb(
        n_iter=iterations,
        tol=GAIN_PER_BAR_MIN * bars,
        covariance_type=covariance,
        startprob_prior=ONE_IMAGINED,
        transmat_prior=ONE_IMAGINED,
        workers=WORKERS,
    )


def gaussian_hmm(model: RegimeModel) -> GaussianHMM:
    """The same model as hmmlearn's own, for whoever wants to check it there."""
    hmm = GaussianHMM(
        len(model.state_names), covariance_type=model.covariance, init_params="", params=""
    )
    hmm.startprob_ = np.array(model.start_probs)
    hmm.transmat_ = np.array(model.transition)
    hmm.means_ = np.array(model.means)
    hmm.covars_ = covariance_matrices(model) if model.whitening else np.array(model.variances)
    hmm.n_features = len(model.feature_names)
    return hmm


def _choose(
    fits: Fits, sample: FitSample, *, covariance: Covariance, cold_starts: int
) -> RegimeModel:
    """The likeliest fit in which every state is used."""
    chains, states = fits.parameters.start.shape
    # A market that stands still for hours is a regime too, but no density may be without bound.
    parameters = fits.parameters._replace(
        covariances=floor_covariances(fits.parameters.covariances, least=VARIANCE_MIN)
    )
    scores = score_chains(sample.batch(chains=chains), parameters)
    shares = scores.masses.min(axis=1) / len(sample.rows)
    is_alive = (shares >= STATE_SHARE_MIN) & (np.array(fits.endings) != "dead_state")
    if not is_alive.any():
        raise HistoryTooShort(
            f"none of {chains} fits with {states} regimes is usable: one regime has at most"
            f" {shares.max():.2%} of the bars; fit fewer regimes or ingest more bars"
        )
    best = int(np.argmax(np.where(is_alive, scores.log_likelihoods, -np.inf)))
    model = _as_model(
        parameters.take(best),
        sample,
        covariance=covariance,
        log_likelihood=float(scores.log_likelihoods[best]),
        is_converged=fits.endings[best] == "converged",
    )
    return msgspec.structs.replace(model, warm_started=best >= cold_starts)


def _as_model(
    parameters: Parameters,
    sample: FitSample,
    *,
    covariance: Covariance,
    log_likelihood: float,
    is_converged: bool,
) -> RegimeModel:
    """The fit as a value, its states in their lasting order."""
    order = list(rank_states(parameters.means.tolist(), feature_names=sample.feature_names))
    covariances = parameters.covariances[order]
    model = RegimeModel(
        feature_names=sample.feature_names,
        center=_row(sample.center),
        scale=_row(sample.scale),
        outlier_limit=OUTLIER_LIMIT,
        state_names=name_states(len(order)),
        start_probs=_row(parameters.start[order]),
        transition=_table(parameters.transition[np.ix_(order, order)]),
        means=_table(parameters.means[order]),
        variances=_table(np.diagonal(covariances, axis1=1, axis2=2)),
        whitening=triangles_of(whiten(covariances)) if covariance == "full" else (),
        log_likelihood_per_bar=log_likelihood / len(sample.rows),
        bars_fitted=len(sample.rows),
        converged=is_converged,
        seen_until_us=sample.seen_until_us,
    )
    check_model(model)
    return model


def _row(numbers: FloatColumn) -> tuple[float, ...]:
    return tuple(float(number) for number in numbers)


def _table(rows: FloatColumn) -> tuple[tuple[float, ...], ...]:
    return tuple(_row(row) for row in rows)
