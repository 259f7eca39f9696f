"""Regimes of symbols and of the market, fitted on the first slice of history and compared."""

from collections.abc import Mapping

import numpy as np

from nija_domain.evaluation.slices import slice_histories
from nija_domain.features.history.feature_rows import compute_features
from nija_domain.features.registry import FEATURE_NAMES
from nija_domain.market.candles import CandleHistory
from nija_domain.regimes.fitting.flat_training import train_regimes
from nija_domain.regimes.fitting.macro_training import train_hierarchy
from nija_domain.regimes.fitting.plan import DriftRules, FitPlan
from nija_domain.regimes.fitting.training_verdict import TrainedHierarchy, TrainedRegimes
from nija_domain.regimes.hierarchy import HierarchicalModel
from nija_domain.regimes.history.drift import measure_drift
from nija_domain.regimes.model import RegimeModel
from nija_domain.regimes.naming import RETURN_FEATURE

CANDIDATES = [name for name in FEATURE_NAMES if name != RETURN_FEATURE]


def fit_regimes(
    histories: Mapping[str, CandleHistory],
    champion: RegimeModel | None,
    *,
    plan: FitPlan,
    drift: DriftRules,
    rng: np.random.Generator,
) -> TrainedRegimes:
    """Choose features, fit the regime model and measure it; equal input gives an equal model."""
    is_drifting = False
    if champion is not None:
        whole = [compute_features(history) for history in histories.values()]
        is_drifting = measure_drift(champion, whole, bars=drift.bars).score > drift.limit_nats
    return train_regimes(
        [compute_features(history) for history in slice_histories(histories).fit.values()],
        champion,
        is_drifting=is_drifting,
        candidates=CANDIDATES,
        plan=plan,
        rng=rng,
    )


def fit_market(
    histories: Mapping[str, CandleHistory],
    regimes: RegimeModel,
    champion: HierarchicalModel | None,
    *,
    plan: FitPlan,
    rng: np.random.Generator,
) -> TrainedHierarchy:
    """The states of the whole market, and a model of the symbols within each state."""
    return train_hierarchy(
        [compute_features(history) for history in slice_histories(histories).fit.values()],
        regimes,
        champion,
        plan=plan,
        rng=rng,
    )
