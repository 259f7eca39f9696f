"""A policy rehearsed on one slice of history, from the states at the end of the one before."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from nija_domain.capital.limits import HardLimits
from nija_domain.capital.sizing import SizingParameters
from nija_domain.evaluation.backtest import Backtest, BacktestPlan, run_backtest
from nija_domain.market.candles import CandleHistory
from nija_domain.market.instruments import Instrument
from nija_domain.policies.bandit import Observed, Posterior
from nija_domain.policies.head import PolicyHead
from nija_domain.regimes.hierarchy import HierarchicalModel
from nija_domain.regimes.model import RegimeModel
from nija_domain.releases.content import ReleaseContent, live_features
from nija_domain.releases.history.cuts import cut_histories, cut_market
from nija_domain.strategies.arms import Arms, believe
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.trading.matching import FillModel


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """What stays the same over all rehearsals of one training."""

    timeframe_us: int
    regimes: RegimeModel
    strategy: StrategyChoice
    limits: HardLimits
    instruments: Mapping[str, Instrument]
    starting_cash: Decimal
    fill_model: FillModel = FillModel()
    arms: Arms = Arms()
    sizing: SizingParameters = SizingParameters()
    hierarchy: HierarchicalModel | None = None


def content_at(
    stage: Stage, head: PolicyHead, histories: Mapping[str, CandleHistory]
) -> ReleaseContent:
    """What the executor would be given at the end of these histories."""
    known, hierarchy = histories.values(), stage.hierarchy
    return ReleaseContent(
        timeframe_us=stage.timeframe_us,
        feature_names=live_features(stage.regimes),
        regimes=stage.regimes,
        policy=head,
        strategy=stage.strategy,
        sizing=stage.sizing,
        envelope=stage.limits,
        cuts=cut_histories(known, model=stage.regimes, hierarchy=hierarchy),
        arms=stage.arms,
        hierarchy=hierarchy,
        market=cut_market(known, hierarchy=hierarchy) if hierarchy else None,
    )


def rehearse(
    stage: Stage,
    head: PolicyHead,
    *,
    before: Mapping[str, CandleHistory],
    slice_: Mapping[str, CandleHistory],
) -> Backtest:
    """The decisions that this head would have made over the slice."""
    plan = BacktestPlan(
        content=content_at(stage, head, before),
        histories=slice_,
        instruments=stage.instruments,
        limits=stage.limits,
        fill_model=stage.fill_model,
        starting_cash=stage.starting_cash,
    )
    return run_backtest(plan)


def rehearse_arms(
    stage: Stage,
    head: PolicyHead,
    choices: Iterable[StrategyChoice],
    *,
    before: Mapping[str, CandleHistory],
    slice_: Mapping[str, CandleHistory],
) -> Arms:
    """The choices, and what each would have paid if it alone had traded the slice."""
    choices, beliefs = tuple(choices), dict[str, Posterior]()
    for choice in choices:
        alone = replace(stage, strategy=choice, arms=Arms((choice,)))
        rewarded = rehearse(alone, head, before=before, slice_=slice_).rewards
        beliefs = believe(beliefs, ((r.config_id, Observed(r.context, r.reward)) for r in rewarded))
    return Arms(choices, beliefs)
