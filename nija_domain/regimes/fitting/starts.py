"""Where restarts begin: at what tells the sample's states apart, and where the champion ended."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from sklearn.cluster import kmeans_plusplus
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from nija_domain.market.candles import FloatColumn
from nija_domain.regimes.fitting.chains import Parameters
from nija_domain.regimes.fitting.sample import FitSample
from nija_domain.regimes.history.covariance import covariance_matrices, floor_covariances
from nija_domain.regimes.model import Covariance, RegimeModel

VARIANCE_MIN = 1e-3
STAY_PROBABILITY_AT_START = 0.9
STRETCH_BARS = 50


def draw_starts(sample: FitSample, *, states: int, seeds: Sequence[int]) -> Parameters:
    """By turns from stretches of history that are least alike, and from bars that are.

    Stretches show states that differ in spread, bars those that a rare stretch would hide.
    """
    stretches = _measure_stretches(sample, states=states)
    with _thread_pools().limit(limits=1):  # sums taken in another order would give another start
        drawn = [
            _draw_bars(sample, states=states, seed=seed)
            if number % 2
            else _draw_stretches(*stretches, states=states, seed=seed)
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


@cache
def _thread_pools() -> ThreadpoolController:
    """Those of numpy and scikit-learn, found once: a look at each loaded library is a file read."""
    return ThreadpoolController()


def _measure_stretches(sample: FitSample, *, states: int) -> tuple[FloatColumn, FloatColumn]:
    """Means and variances of each stretch."""
    parts = np.array_split(sample.rows, max(len(sample.rows) // STRETCH_BARS, states))
    means = np.array([part.mean(axis=0) for part in parts])
    return means, np.array([part.var(axis=0) for part in parts]) + VARIANCE_MIN


def _draw_stretches(
    means: FloatColumn, variances: FloatColumn, *, states: int, seed: int
) -> tuple[FloatColumn, FloatColumn]:
    """Means and variances of stretches that lie far from each other."""
    traits = np.column_stack([means / np.sqrt(variances), np.log(variances)])
    _, chosen = kmeans_plusplus(traits, states, random_state=seed)
    return means[chosen], variances[chosen]


def _draw_bars(sample: FitSample, *, states: int, seed: int) -> tuple[FloatColumn, FloatColumn]:
    """Bars that lie far from each other, and the variance of all of them."""
    means, _ = kmeans_plusplus(sample.rows, states, random_state=seed)
    return means, np.tile(sample.rows.var(axis=0) + VARIANCE_MIN, (states, 1))


def why_cold(
    champion: RegimeModel | None,
    *,
    feature_names: tuple[str, ...],
    states: int,
    seen_until_us: int,
) -> str:
    """Why a fit to bars up to then may not begin where the champion ended; empty where it may.

    Parameters that later bars have moved would carry them back: into a fold that holds them out,
    or into a model that is calibrated and tested on them.
    """
    if champion is None:
        return "there is no champion"
    if champion.feature_names != feature_names:
        return f"the champion reads {', '.join(champion.feature_names)}"
    if len(champion.state_names) != states:
        return f"the champion has {len(champion.state_names)} states"
    if champion.seen_until_us is None:
        return "the champion does not say which bars it was trained on"
    if champion.seen_until_us > seen_until_us:
        return "the champion was trained on later bars"
    return ""


def warm_start(champion: RegimeModel, sample: FitSample, *, covariance: Covariance) -> Parameters:
    """The champion's parameters as this sample's scaler counts, one start as a batch of its own."""
    scale = np.array(champion.scale) / sample.scale
    shift = (np.array(champion.center) - sample.center) / sample.scale
    covariances = covariance_matrices(champion) * np.outer(scale, scale)
    if covariance == "diag":
        covariances = covariances * np.eye(len(scale))
    return Parameters(
        np.array([champion.start_probs]),
        np.array([champion.transition]),
        (shift + scale * np.array(champion.means))[None],
        floor_covariances(covariances, least=VARIANCE_MIN)[None],
    )


def describe_start(model: RegimeModel, champion: RegimeModel | None) -> str:
    """In words: whether a newly fitted model could climb from the champion, and whether it did."""
    why = why_cold(
        champion,
        feature_names=model.feature_names,
        states=len(model.state_names),
        seen_until_us=model.seen_until_us or 0,
    )
    if why:
        return f"none, {why}"
    return "won" if model.warm_started else "lost to a cold start"
