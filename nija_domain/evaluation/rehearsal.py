"""Back-tests a recipe on one slice of history, from the states at the end of the slice before."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from nija_domain.evaluation.backtest import Backtest, BacktestPlan, run_backtest
from nija_domain.market.candles import CandleHistory
from nija_domain.market.instruments import Instrument
from nija_domain.policies.bandit import Observed, Posterior
from nija_domain.releases.history.cuts import content_at
from nija_domain.releases.recipe import Recipe
from nija_domain.strategies.arms import Arms, believe
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.trading.matching import FillModel


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """What is back-tested, with which instruments and money."""

    recipe: Recipe
    instruments: Mapping[str, Instrument]
    starting_cash: Decimal
    fill_model: FillModel = FillModel()


def rehearse(
    stage: Stage, *, before: Mapping[str, CandleHistory], slice_: Mapping[str, CandleHistory]
) -> Backtest:
    """The decisions that a release of this recipe would have made over the slice."""
    plan = BacktestPlan(
        content=content_at(stage.recipe, before),
        histories=slice_,
        instruments=stage.instruments,
        limits=stage.recipe.envelope,
        fill_model=stage.fill_model,
        starting_cash=stage.starting_cash,
    )
    return run_backtest(plan)


def rehearse_arms(
    stage: Stage,
    choices: Iterable[StrategyChoice],
    *,
    before: Mapping[str, CandleHistory],
    slice_: Mapping[str, CandleHistory],
) -> Arms:
    """One back-test per preset: what each would have paid if it alone had traded."""
    choices, beliefs = tuple(choices), dict[str, Posterior]()
    for choice in choices:
        alone = replace(stage.recipe, strategy=choice, arms=Arms((choice,)))
        rewarded = rehearse(replace(stage, recipe=alone), before=before, slice_=slice_).rewards
        beliefs = believe(beliefs, ((r.config_id, Observed(r.context, r.reward)) for r in rewarded))
    return Arms(choices, beliefs)
