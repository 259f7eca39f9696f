"""Features of a whole history: the same steps, compiled and looped."""

from collections.abc import Callable
from functools import cache

import numba
import numpy as np
import numpy.typing as npt

from nija_domain.errors import CandlesInvalid
from nija_domain.features.registry import FEATURE_NAMES, FEATURES, FeatureStep
from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import Bar, CandleHistory, FloatColumn

Fold = Callable[[tuple[float, ...], npt.NDArray[np.float64]], tuple[FloatColumn, tuple[float, ...]]]


def compute_features(history: CandleHistory) -> FeatureTable:
    """The feature rows that a stream over the same candles would give, to the bit."""
    _check_prices(history)
    bars = np.column_stack([getattr(history, name) for name in Bar._fields])
    folds = [_compile_fold(feature.step)(feature.initial, bars) for feature in FEATURES]
    return FeatureTable(
        symbol=history.symbol,
        ts_us=history.ts_us,
        names=FEATURE_NAMES,
        values=np.column_stack([values for values, _ in folds]),
        final_states=tuple(state for _, state in folds),
    )


def _check_prices(history: CandleHistory) -> None:
    """Steps take logarithms: candles come here after the quality rules, not before."""
    for name in ("open", "high", "low", "close"):
        prices = getattr(history, name)
        bad = np.flatnonzero(~(np.isfinite(prices) & (prices > 0.0)))
        if bad.size:
            raise CandlesInvalid(
                f"{name} of {history.symbol} at row {bad[0]} is {prices[bad[0]]}, not a price;"
                " quarantine the candle before features are computed"
            )


@cache
def _compile_fold(step: FeatureStep) -> Fold:
    """One compiled loop per step, made anew by each process.

    numba's cache on disk looks only at the file of the loop: an edited step would go unseen.
    """
    compiled_step = numba.njit(step)

    def fold(
        state: tuple[float, ...], bars: npt.NDArray[np.float64]
    ) -> tuple[FloatColumn, tuple[float, ...]]:
        values = np.empty(len(bars))
        for row in range(len(bars)):
            numbers = bars[row]
            bar = Bar(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4])
            state, values[row] = compiled_step(state, bar)
        return values, state

    compiled_fold: Fold = numba.njit(fold)
    return compiled_fold
