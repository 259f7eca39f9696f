"""Back-tests a recipe on one slice of history, from the states at the end of the slice before."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from nija_domain.evaluation.backtest import Backtest, BacktestPlan, run_backtest
from nija_domain.events.position_id import agent_of
from nija_domain.market.candles import CandleHistory
from nija_domain.market.instruments import Instrument
from nija_domain.policies.bandit import Observed, Posterior
from nija_domain.releases.history.cuts import content_at
from nija_domain.releases.recipe import Recipe
from nija_domain.strategies.agents import Agent, choices_of
from nija_domain.strategies.arms import Arms, believe
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.shelf import under_head
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


def rehearse_presets(
    stage: Stage, *, before: Mapping[str, CandleHistory], slice_: Mapping[str, CandleHistory]
) -> tuple[Agent, ...]:
    """The agents, their presets believed in by what they would have paid.

    One back-test for each preset: all agents that have it trade under it, side by side.
    """
    agents, beliefs = stage.recipe.agents, dict[str, Posterior]()
    for preset in dict.fromkeys(preset_of(c) for agent in agents for c in _choices(stage, agent)):
        lineup = tuple(
            Agent(agent.name, choice, Arms((choice,)))
            for agent in agents
            for choice in _choices(stage, agent)
            if preset_of(choice) == preset
        )
        alone = replace(stage, recipe=replace(stage.recipe, agents=lineup))
        rewarded = rehearse(alone, before=before, slice_=slice_).rewards
        beliefs = believe(beliefs, ((r.config_id, Observed(r.context, r.reward)) for r in rewarded))
    return tuple(_with_beliefs(agent, _choices(stage, agent), beliefs) for agent in agents)


def _choices(stage: Stage, agent: Agent) -> tuple[StrategyChoice, ...]:
    """An agent that trades the policy trades what was learned of it in each of its presets."""
    return tuple(under_head(choice, stage.recipe.policy) for choice in choices_of(agent))


def preset_of(choice: StrategyChoice) -> str:
    return choice.config_id.rsplit(":", maxsplit=1)[1]


def _with_beliefs(
    agent: Agent, choices: tuple[StrategyChoice, ...], beliefs: Mapping[str, Posterior]
) -> Agent:
    own = {key: belief for key, belief in beliefs.items() if agent_of(key) == agent.name}
    return replace(agent, arms=Arms(choices, own))
