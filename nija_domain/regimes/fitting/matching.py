"""Gives a new model the champion's state names, and counts the bars that change theirs."""

import math
from collections.abc import Sequence
from itertools import permutations

import msgspec
import numpy as np

from nija_domain.market.candles import FloatColumn
from nija_domain.regimes.history.covariance import covariance_matrices
from nija_domain.regimes.model import RegimeModel

STATES_MATCHED_MAX = 7
"""All orders of more states than these are too many to try."""

CHURN_ALARM = 0.2


class Matched(msgspec.Struct, frozen=True):
    """The model under the champion's names, and how far its states lie from their namesakes.

    A distance is Hellinger's, in [0, 1], of the joint density of what both models read.
    """

    model: RegimeModel
    distances: tuple[float, ...]


def reorder_states(
    model: RegimeModel, order: Sequence[int], *, names: tuple[str, ...] | None = None
) -> RegimeModel:
    """The same model with its states in another order, under the same names or others."""
    return msgspec.structs.replace(
        model,
        state_names=names or tuple(model.state_names[state] for state in order),
        start_probs=tuple(model.start_probs[state] for state in order),
        transition=tuple(
            tuple(model.transition[state][target] for target in order) for state in order
        ),
        means=tuple(model.means[state] for state in order),
        variances=tuple(model.variances[state] for state in order),
        whitening=tuple(model.whitening[state] for state in order) if model.whitening else (),
    )


def match_states(model: RegimeModel, champion: RegimeModel) -> Matched:
    """The order in which the states lie nearest to the champion's, of all orders.

    Models that cannot be compared, with other states or no feature in common, keep their names.
    """
    shared = [name for name in model.feature_names if name in champion.feature_names]
    states = len(model.state_names)
    if not shared or states != len(champion.state_names) or states > STATES_MATCHED_MAX:
        return Matched(model, ())
    costs = _distances(model, champion, shared)
    order = min(
        permutations(range(states)),
        key=lambda order: math.fsum(costs[state, place] for place, state in enumerate(order)),
    )
    return Matched(
        reorder_states(model, order, names=champion.state_names),
        tuple(float(costs[state, place]) for place, state in enumerate(order)),
    )


def measure_churn(ours: Sequence[FloatColumn], theirs: Sequence[FloatColumn]) -> float:
    """The share of bars whose likeliest state has another place in the other model's filter."""
    changed = [a.argmax(axis=1) != b.argmax(axis=1) for a, b in zip(ours, theirs, strict=True)]
    bars = sum(map(len, changed))
    return float(sum(int(part.sum()) for part in changed) / bars) if bars else 0.0


def _distances(model: RegimeModel, champion: RegimeModel, names: Sequence[str]) -> FloatColumn:
    """Hellinger's distance of each state of one to each of the other, in the features' units."""
    (means, covariances), (means_c, covariances_c) = (
        _moments(model, names),
        _moments(champion, names),
    )
    both = 0.5 * (covariances[:, None] + covariances_c[None])
    apart = means[:, None] - means_c[None]
    steps = np.linalg.solve(both, apart[..., None])[..., 0]
    log_overlap = 0.25 * (_log_volumes(covariances)[:, None] + _log_volumes(covariances_c)[None])
    log_overlap -= 0.5 * _log_volumes(both) + 0.125 * (apart * steps).sum(axis=-1)
    distances: FloatColumn = np.sqrt(np.maximum(1.0 - np.exp(log_overlap), 0.0))
    return distances


def _log_volumes(covariances: FloatColumn) -> FloatColumn:
    volumes: FloatColumn = np.linalg.slogdet(covariances)[1]
    return volumes


def _moments(model: RegimeModel, names: Sequence[str]) -> tuple[FloatColumn, FloatColumn]:
    columns = [model.feature_names.index(name) for name in names]
    center, scale = np.array(model.center)[columns], np.array(model.scale)[columns]
    covariances = covariance_matrices(model)[:, columns][..., columns]
    return center + scale * np.array(model.means)[:, columns], covariances * np.outer(scale, scale)
