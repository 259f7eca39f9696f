"""The filter over a whole history: the same steps, compiled and looped."""

from collections.abc import Callable
from functools import cache

import numba
import numpy as np

from nija_domain.features.history.loops import compile_loop
from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import FloatColumn
from nija_domain.regimes.filter import (
    FilterState,
    initial_filter,
    normalise,
    predict,
    weigh_apart,
    weigh_together,
)
from nija_domain.regimes.hierarchy import (
    HierarchicalModel,
    MacroState,
    initial_macro,
    step_macro,
)
from nija_domain.regimes.history.covariance import matrices_of
from nija_domain.regimes.model import Covariance, RegimeModel, feature_columns

Matrices = tuple[FloatColumn, FloatColumn, FloatColumn]
Fold = Callable[[FloatColumn, FloatColumn, FloatColumn, Matrices, bool], None]


def filter_history(
    model: RegimeModel, table: FeatureTable, *, state: FilterState | None = None
) -> FloatColumn:
    """A row of filtered probabilities per bar, equal to the bit to those of a stream.

    It goes on from `state`, where it is given.
    """
    begin = state or initial_filter(model)
    values = table.values[:, feature_columns(model, table.names)]
    is_known = np.isfinite(values).all(axis=1)
    rows = standardise(model, values[is_known])
    filtered = np.empty((len(rows) + 1, len(model.start_probs)))
    filtered[0] = begin.probabilities
    predicted = np.array(begin.probabilities)
    spread = matrices_of(model.whitening) if model.whitening else np.array(model.variances)
    matrices = np.array(model.transition), np.array(model.means), spread
    _compile_fold(model.covariance)(filtered, predicted, rows, matrices, begin.is_started)
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
def _compile_fold(covariance: Covariance) -> Fold:
    """The loop over rows; what numba compiles slowly, such as copies, stays outside of it."""
    compiled_predict, compiled_normalise = numba.njit(predict), numba.njit(normalise)
    weigh = weigh_together if covariance == "full" else weigh_apart
    compiled_weigh = numba.njit(weigh)

    def fold(
        filtered: FloatColumn,
        predicted: FloatColumn,
        rows: FloatColumn,
        matrices: Matrices,
        is_started: bool,  # noqa: FBT001 - the compiler knows no keywords
    ) -> None:
        transition, means, spread = matrices
        for row in range(len(rows)):
            if row > 0 or is_started:
                compiled_predict(predicted, filtered[row], transition)
            compiled_weigh(filtered[row + 1], predicted, rows[row], means, spread)
            compiled_normalise(filtered[row + 1], predicted)

    return compile_loop(fold, step=weigh)
