"""Where restarts begin: what tells states apart is drawn from the sample itself."""

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import kmeans_plusplus
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from nija_domain.market.candles import FloatColumn
from nija_domain.regimes.fit_chains import Parameters
from nija_domain.regimes.fit_sample import Sample

VARIANCE_MIN = 1e-3
STAY_PROBABILITY_AT_START = 0.9
STRETCH_BARS = 50


def draw_starts(sample: Sample, *, states: int, seeds: Sequence[int]) -> Parameters:
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
