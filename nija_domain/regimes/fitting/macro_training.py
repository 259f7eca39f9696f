"""One training of the market's states, and of the symbol's within each of them."""

from collections.abc import Sequence

import msgspec
import numpy as np

from nija_domain.errors import FeatureFrozen, HistoryTooShort
from nija_domain.features.history.feature_rows import compute_market
from nija_domain.features.registry import MARKET_NAMES
from nija_domain.features.table import FeatureTable
from nija_domain.regimes.fitting.hierarchical import expect_bars, fit_hierarchy, fit_macro
from nija_domain.regimes.fitting.inputs import choose_features, judge_challenger
from nija_domain.regimes.fitting.plan import FitPlan
from nija_domain.regimes.fitting.starts import describe_start
from nija_domain.regimes.fitting.training_verdict import (
    FeatureChoice,
    RegimeVerdict,
    TrainedHierarchy,
)
from nija_domain.regimes.hierarchy import Expectation, HierarchicalModel, is_unknown
from nija_domain.regimes.history.filtered import trace_macro
from nija_domain.regimes.model import RegimeModel
from nija_domain.regimes.naming import MARKET_RETURN_FEATURE

CANDIDATES = tuple(name for name in MARKET_NAMES if name != MARKET_RETURN_FEATURE)


class _Macro(msgspec.Struct, frozen=True, kw_only=True):
    model: RegimeModel
    expected: Expectation
    choice: FeatureChoice
    verdict: RegimeVerdict | None
    is_champions: bool
    warm_start: str


def train_hierarchy(
    tables: Sequence[FeatureTable],
    pooled: RegimeModel,
    champion: HierarchicalModel | None,
    *,
    plan: FitPlan,
    rng: np.random.Generator,
) -> TrainedHierarchy:
    """Train the model of the market, then one of the symbols within each of its states.

    If the history shows no states of the market, the result has none, and says why.
    """
    market = compute_market(tables).as_features()
    try:
        macro = _train_macro(market, champion, plan=plan, rng=rng)
    except (FeatureFrozen, HistoryTooShort) as error:
        return TrainedHierarchy(why_none=str(error))
    model = fit_hierarchy(
        market, tables, macro=macro.model, expected=macro.expected, pooled=pooled, plan=plan
    )
    return TrainedHierarchy(
        model=model,
        choice=macro.choice,
        verdict=macro.verdict,
        is_champions=macro.is_champions,
        warm_start=macro.warm_start,
    )


def _train_macro(
    market: FeatureTable,
    champion: HierarchicalModel | None,
    *,
    plan: FitPlan,
    rng: np.random.Generator,
) -> _Macro:
    """The champion's own unless the new one is significantly better, or the champion is lost."""
    choice = choose_features(
        [market], candidates=CANDIDATES, plan=plan, rng=rng, target=MARKET_RETURN_FEATURE
    )
    warm = champion.macro if champion else None
    model = fit_macro(market, spec=choice.spec_with(warm), plan=plan)
    if champion and not set(champion.macro.feature_names) <= set(market.names):
        champion = None
    theirs = champion.macro if champion else None
    try:
        verdict = judge_challenger([market], model, theirs, plan=plan, rng=rng)
    except HistoryTooShort:
        verdict = None
    if champion is None or verdict is None or verdict.is_challenger or _is_lost(champion, market):
        kept, expected = model, expect_bars(model, market)
    else:
        kept, expected = champion.macro, champion.expected
    return _Macro(
        model=kept,
        expected=expected,
        choice=choice,
        verdict=verdict,
        is_champions=kept is theirs,
        warm_start=describe_start(model, warm),
    )


def _is_lost(champion: HierarchicalModel, market: FeatureTable) -> bool:
    """Whether none of the champion's states has predicted the newest bars."""
    return is_unknown(trace_macro(champion, market))
