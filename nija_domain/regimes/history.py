"""The filter over a whole history: the same steps, compiled and looped."""

from collections.abc import Callable
from functools import cache

import numba
import numpy as np

from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import FloatColumn
from nija_domain.regimes.filter import predict, update
from nija_domain.regimes.hierarchy import (
    HierarchicalModel,
    MacroState,
    initial_macro,
    step_macro,
)
from nija_domain.regimes.model import RegimeModel, feature_columns

Fold = Callable[[FloatColumn, FloatColumn, FloatColumn, FloatColumn, FloatColumn], None]


def filter_history(model: RegimeModel, table: FeatureTable) -> FloatColumn:
    """A row of filtered probabilities per bar, equal to the bit to those of a stream."""
    values = table.values[:, feature_columns(model, table.names)]
    is_known = np.isfinite(values).all(axis=1)
    rows = standardise(model, values[is_known])
    filtered = np.empty((len(rows) + 1, len(model.start_probs)))
    filtered[0] = model.start_probs
    predicted = np.array(model.start_probs)
    transition, emission = np.array(model.transition), np.array((model.means, model.variances))
    _compile_fold()(filtered, predicted, rows, transition, emission)
    return filtered[np.cumsum(is_known)]


def trace_macro(model: HierarchicalModel, market: FeatureTable) -> MacroState:
    """What the market's filter believes after the last bar: the stream itself, row by row."""
    columns = list(feature_columns(model.macro, market.names))
    state = initial_macro(model)
    for row in market.values[:, columns].tolist():
        state = step_macro(model, state, tuple(row))
    return state


def standardise(model: RegimeModel, values: FloatColumn) -> FloatColumn:
    """Feature rows as the model's means and variances count them."""
    rows = (values - np.array(model.center)) / np.array(model.scale)
    bounded: FloatColumn = np.clip(rows, -model.outlier_limit, model.outlier_limit)
    return bounded


@cache
def _compile_fold() -> Fold:
    """The loop over rows; what numba compiles slowly, such as copies, stays outside of it."""
    compiled_predict, compiled_update = numba.njit(predict), numba.njit(update)

    def fold(
        filtered: FloatColumn,
        predicted: FloatColumn,
        rows: FloatColumn,
        transition: FloatColumn,
        emission: FloatColumn,
    ) -> None:
        for row in range(len(rows)):
            if row > 0:
                compiled_predict(predicted, filtered[row], transition)
            compiled_update(filtered[row + 1], predicted, rows[row], emission[0], emission[1])

    compiled_fold: Fold = numba.njit(fold)
    return compiled_fold
