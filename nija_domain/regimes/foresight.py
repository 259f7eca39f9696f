"""How likely each bar was, given the bars before it: what a model is judged by."""

from collections.abc import Sequence

import numpy as np

from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import FloatColumn
from nija_domain.regimes.history import filter_history, standardise
from nija_domain.regimes.model import RegimeModel, feature_columns


def foresee_bars(
    model: RegimeModel, table: FeatureTable, *, targets: Sequence[str] = ()
) -> FloatColumn:
    """log p(x_t | x_1 … x_(t-1)) of each bar whose features are known, in the model's units.

    With targets named, x_t is these features only, whatever else the model has seen of the past:
    so models of different features can be compared.
    """
    values = table.values[:, feature_columns(model, table.names)]
    known = np.isfinite(values).all(axis=1)
    rows = standardise(model, values[known])
    predicted = predict_bars(model, filter_history(model, table)[known])
    columns = [model.feature_names.index(name) for name in targets or model.feature_names]
    joint = np.log(np.maximum(predicted, 1e-300)) + _log_densities(model, rows, columns)
    peak = joint.max(axis=1, keepdims=True, initial=-np.inf)
    likelihoods: FloatColumn = peak[:, 0] + np.log(np.exp(joint - peak).sum(axis=1))
    return likelihoods


def predict_bars(model: RegimeModel, filtered: FloatColumn) -> FloatColumn:
    """How probable each state was before its bar: the filter of the bar before, one step on."""
    predicted = np.vstack([np.array(model.start_probs), filtered[:-1] @ np.array(model.transition)])
    return predicted[: len(filtered)]


def _log_densities(model: RegimeModel, rows: FloatColumn, columns: list[int]) -> FloatColumn:
    means, variances = np.array(model.means)[:, columns], np.array(model.variances)[:, columns]
    distances = (rows[:, None, columns] - means[None]) ** 2 / variances[None]
    densities: FloatColumn = -0.5 * (distances + np.log(2.0 * np.pi * variances)[None]).sum(axis=2)
    return densities
