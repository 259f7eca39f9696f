"""Fits the model of the market, and one of the symbols for each of the market's states."""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from nija_domain.errors import SettingsInvalid
from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import FloatColumn
from nija_domain.regimes.fitting.chains import Batch, Parameters, fit_chains
from nija_domain.regimes.fitting.flat import BARS_PER_STATE_MIN, climb_of, fit_model
from nija_domain.regimes.fitting.matching import reorder_states
from nija_domain.regimes.fitting.plan import FitPlan, ModelSpec
from nija_domain.regimes.fitting.sample import last_bar_us
from nija_domain.regimes.fitting.starts import VARIANCE_MIN
from nija_domain.regimes.hierarchy import MACRO_NAMES, Expectation, HierarchicalModel
from nija_domain.regimes.history.covariance import (
    covariance_matrices,
    floor_covariances,
    triangles_of,
    whiten,
)
from nija_domain.regimes.history.filtered import filter_history, standardise
from nija_domain.regimes.history.foresight import foresee_bars
from nija_domain.regimes.model import RegimeModel, Row, feature_columns
from nija_domain.regimes.naming import rank_market_states

POOLED_BARS = 1_000.0
"""How many bars of its own weigh as much as the pooled model does."""


def fit_macro(market: FeatureTable, *, spec: ModelSpec, plan: FitPlan) -> RegimeModel:
    """A model with the states Calm, Trend and Chaos, named by how the market moves in each."""
    if plan.states != len(MACRO_NAMES):
        raise SettingsInvalid(
            f"states is {plan.states}; a hierarchy has {len(MACRO_NAMES)} of each kind:"
            " set it so, or fit a plain model"
        )
    macro = fit_model([market], spec, plan=plan)
    order = rank_market_states(macro.means, macro.variances, feature_names=macro.feature_names)
    return reorder_states(macro, order, names=MACRO_NAMES)


def expect_bars(macro: RegimeModel, market: FeatureTable) -> Expectation:
    """How well the model predicts the history that it was fitted on."""
    likelihoods = foresee_bars(macro, market)
    return Expectation(float(likelihoods.mean()), float(likelihoods.std()))


def fit_hierarchy(
    market: FeatureTable,
    tables: Sequence[FeatureTable],
    *,
    macro: RegimeModel,
    expected: Expectation,
    pooled: RegimeModel,
    plan: FitPlan,
) -> HierarchicalModel:
    """The market's states come from the filter, as they will live; no later bar is used."""
    likeliest = filter_history(macro, market).argmax(axis=1)
    masks = {
        name: [_where(market, likeliest == state, table) for table in tables]
        for state, name in enumerate(macro.state_names)
    }
    found = {name: _fit_within(pooled, tables, masks[name], plan=plan) for name in MACRO_NAMES}
    return HierarchicalModel(
        macro=macro,
        expected=expected,
        micro={name: model or pooled for name, model in found.items()},
        sparse=tuple(name for name, model in found.items() if model is None),
    )


def _where(
    market: FeatureTable, is_state: npt.NDArray[np.bool_], table: FeatureTable
) -> npt.NDArray[np.bool_]:
    """Which of a symbol's bars fall into a state of the market, as known at that bar."""
    rows = np.searchsorted(market.ts_us, table.ts_us, side="right") - 1
    inside: npt.NDArray[np.bool_] = (rows >= 0) & is_state[np.maximum(rows, 0)]
    return inside


def _fit_within(
    pooled: RegimeModel,
    tables: Sequence[FeatureTable],
    masks: Sequence[npt.NDArray[np.bool_]],
    *,
    plan: FitPlan,
) -> RegimeModel | None:
    """The pooled model, moved as far as the bars of one macro state carry; None where too few."""
    stretches = [
        stretch
        for table, mask in zip(tables, masks, strict=True)
        for stretch in _stretches(pooled, table, mask)
    ]
    bars = sum(map(len, stretches))
    if bars < plan.states * BARS_PER_STATE_MIN:
        return None
    edges = np.cumsum([0, *map(len, stretches)])
    spans = np.column_stack([edges[:-1], edges[1:]])
    batch = Batch(np.concatenate(stretches), spans, np.array([[0, len(spans)]]))
    start = Parameters(
        np.array([pooled.start_probs]),
        np.array([pooled.transition]),
        np.array([pooled.means]),
        covariance_matrices(pooled)[None],
    )
    climb = climb_of(bars, iterations=plan.iterations, covariance=pooled.covariance)
    fits = fit_chains(batch, start, climb)
    if fits.endings[0] not in {"converged", "exhausted"}:
        return None
    own = _drawn_to(pooled, fits.parameters.take(0), weight=bars / (bars + POOLED_BARS))
    return msgspec.structs.replace(own, seen_until_us=last_bar_us(tables), warm_started=False)


def _stretches(
    pooled: RegimeModel, table: FeatureTable, mask: npt.NDArray[np.bool_]
) -> list[FloatColumn]:
    """Unbroken runs of known bars inside the mask, in the pooled model's units."""
    values = table.values[:, feature_columns(pooled, table.names)]
    inside = mask & np.isfinite(values).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(np.int8)))
    return [
        standardise(pooled, values[low:high])
        for low, high in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    ]


def _drawn_to(pooled: RegimeModel, own: Parameters, *, weight: float) -> RegimeModel:
    """Between the pooled parameters and those of the state's own bars, by how many there are."""
    covariances = _mean_of(
        floor_covariances(own.covariances, least=VARIANCE_MIN),
        covariance_matrices(pooled),
        weight=weight,
    )
    return msgspec.structs.replace(
        pooled,
        start_probs=tuple(_mean_of(own.start, pooled.start_probs, weight=weight).tolist()),
        transition=_table(_mean_of(own.transition, pooled.transition, weight=weight)),
        means=_table(_mean_of(own.means, pooled.means, weight=weight)),
        variances=_table(np.diagonal(covariances, axis1=1, axis2=2)),
        whitening=triangles_of(whiten(covariances)) if pooled.whitening else (),
    )


def _mean_of(own: FloatColumn, pooled: npt.ArrayLike, *, weight: float) -> FloatColumn:
    mean: FloatColumn = weight * own + (1.0 - weight) * np.asarray(pooled)
    return mean


def _table(rows: FloatColumn) -> tuple[Row, ...]:
    return tuple(map(tuple, rows.tolist()))
