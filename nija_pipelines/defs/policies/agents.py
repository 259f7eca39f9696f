"""The agents: each strategy with the presets that compete, and what is believed of each."""

import dagster as dg

from nija_domain.learning.calibration import Calibration
from nija_domain.regimes.fitting.training_verdict import TrainedHierarchy
from nija_domain.regimes.model import RegimeModel
from nija_pipelines.passing.recipes import draft_recipe
from nija_pipelines.passing.types import Lineup, Listing, Snapshot
from nija_pipelines.resources import Installation, LakeFolder


@dg.asset(group_name="policies")
def agents(
    context: dg.AssetExecutionContext,
    lake_snapshot: Snapshot,
    instruments: Listing,
    regime_model: RegimeModel,
    macro_regimes: TrainedHierarchy,
    policy_head: Calibration,
    installation: Installation,
    lake: LakeFolder,
) -> Lineup:
    """The agents that a release lists; each preset is believed in by what it would have paid.

    It is tried on the second slice of history. What presets really pay moves the beliefs in the
    executor, trade by trade.
    """
    from nija_domain.evaluation.rehearsal import Stage, rehearse_presets
    from nija_domain.evaluation.slices import slice_histories

    settings = installation.settings()
    recipe = policy_head.applied_to(draft_recipe(installation, regime_model, macro_regimes))
    context.add_output_metadata({"agents": ", ".join(agent.name for agent in recipe.agents)})
    if not settings.trend_auto_tune_enabled:
        context.add_output_metadata(
            {"auto tune": "off", "strategy_preset": settings.strategy_preset}
        )
        return Lineup(recipe.agents)
    slices = slice_histories(lake.read_histories(settings, lake_snapshot.snapshot_id))
    stage = Stage(
        recipe=recipe,
        instruments=instruments.by_symbol(),
        starting_cash=settings.backtest_cash,
    )
    lineup = Lineup(rehearse_presets(stage, before=slices.fit, slice_=slices.calibrate))
    context.add_output_metadata(
        {
            config_id: belief.rewards
            for agent in lineup.agents
            for config_id, belief in agent.arms.beliefs.items()
        }
    )
    return lineup
