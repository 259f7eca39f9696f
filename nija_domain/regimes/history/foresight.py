"""How likely each bar was, given the bars before it: what a model is judged by."""

import math
from collections.abc import Sequence

import numpy as np

from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import FloatColumn
from nija_domain.regimes.history.covariance import covariance_matrices, whiten
from nija_domain.regimes.history.filtered import filter_history, standardise
from nija_domain.regimes.model import RegimeModel, feature_columns


def foresee_bars(
    model: RegimeModel, table: FeatureTable, *, targets: Sequence[str] = ()
) -> FloatColumn:
    """log p(x_t | x_1 … x_(t-1)) of each bar whose features are known, in the model's units.

    With targets named, x_t is these features only, whatever else the model has seen of the past:
    so models of different features can be compared.
    """
    rows, predicted = _known_rows(model, table), _predicted_states(model, table)
    columns = [model.feature_names.index(name) for name in targets or model.feature_names]
    joint = np.log(np.maximum(predicted, 1e-300)) + _log_densities(model, rows, columns)
    peak = joint.max(axis=1, keepdims=True, initial=-np.inf)
    likelihoods: FloatColumn = peak[:, 0] + np.log(np.exp(joint - peak).sum(axis=1))
    return likelihoods


def _known_rows(model: RegimeModel, table: FeatureTable) -> FloatColumn:
    """The standardised rows of the bars whose features are all known."""
    values = table.values[:, feature_columns(model, table.names)]
    return standardise(model, values[np.isfinite(values).all(axis=1)])


def _predicted_states(model: RegimeModel, table: FeatureTable) -> FloatColumn:
    """How probable each state was before a known bar: the filter of the one before, a step on."""
    values = table.values[:, feature_columns(model, table.names)]
    filtered = filter_history(model, table)[np.isfinite(values).all(axis=1)]
    predicted = np.vstack([np.array(model.start_probs), filtered[:-1] @ np.array(model.transition)])
    return predicted[: len(filtered)]


def _log_densities(model: RegimeModel, rows: FloatColumn, columns: list[int]) -> FloatColumn:
    """Of these columns' joint density in each state, whatever the others are."""
    whitening = whiten(_covariances_of(model, columns))
    errors = rows[:, None, columns] - np.array(model.means)[None][..., columns]
    whitened = (whitening[None] @ errors[..., None])[..., 0]
    densities: FloatColumn = _log_peaks(whitening) - 0.5 * (whitened**2).sum(axis=2)
    return densities


def _covariances_of(model: RegimeModel, columns: list[int]) -> FloatColumn:
    return covariance_matrices(model)[:, columns][..., columns]


def _log_peaks(whitening: FloatColumn) -> FloatColumn:
    """The log density of each state at its own mean."""
    scales = np.diagonal(whitening, axis1=1, axis2=2)
    peaks: FloatColumn = (np.log(scales) - 0.5 * np.log(2.0 * np.pi)).sum(axis=1)
    return peaks


def typical_likelihoods(
    model: RegimeModel, table: FeatureTable, *, targets: Sequence[str] = ()
) -> FloatColumn:
    """What the log-likelihood of each bar should be on average, by the states then expected."""
    columns = [model.feature_names.index(name) for name in targets or model.feature_names]
    by_state = _log_peaks(whiten(_covariances_of(model, columns))) - 0.5 * len(columns)
    typical: FloatColumn = _predicted_states(model, table) @ by_state
    return typical


def place_bars(model: RegimeModel, table: FeatureTable) -> FloatColumn:
    """Where each value fell in what was foreseen of it, from 0 to 1: even where the model is right.

    A column per feature (Rosenblatt 1952, taken feature by feature).
    """
    rows = _known_rows(model, table)
    deviations = np.sqrt(np.array(model.variances))
    scores = (rows[:, None, :] - np.array(model.means)[None]) / deviations[None]
    below = 0.5 * (1.0 + _erf(scores / np.sqrt(2.0)))
    places: FloatColumn = (_predicted_states(model, table)[:, :, None] * below).sum(axis=1)
    return places


_erf = np.vectorize(math.erf, otypes=[np.float64])
