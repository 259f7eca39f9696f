"""The presets that compete, each with what is believed of it."""

import dagster as dg

from nija_domain.learning.calibration import Calibration
from nija_domain.regimes.fitting.training_verdict import TrainedHierarchy
from nija_domain.regimes.model import RegimeModel
from nija_domain.strategies.arms import Arms
from nija_domain.strategies.rules.trend import RULE as TREND
from nija_domain.strategies.shelf import choose_preset
from nija_pipelines.passing.recipes import draft_recipe
from nija_pipelines.passing.types import Listing, Snapshot
from nija_pipelines.resources import Installation, LakeFolder


@dg.asset(group_name="policies")
def preset_arms(
    context: dg.AssetExecutionContext,
    lake_snapshot: Snapshot,
    instruments: Listing,
    regime_model: RegimeModel,
    macro_regimes: TrainedHierarchy,
    policy_head: Calibration,
    installation: Installation,
    lake: LakeFolder,
) -> Arms:
    """The presets that compete, each believed in by what it would have paid on the second slice.

    What they really pay moves the beliefs in the executor, trade by trade.
    """
    from nija_domain.evaluation.rehearsal import Stage, rehearse_arms
    from nija_domain.evaluation.slices import slice_histories

    settings = installation.settings()
    if not settings.trend_auto_tune_enabled:
        context.add_output_metadata(
            {"auto tune": "off", "strategy_preset": settings.strategy_preset}
        )
        return Arms()
    slices = slice_histories(lake.read_histories(settings, lake_snapshot.snapshot_id))
    draft = draft_recipe(installation, regime_model, macro_regimes)
    arms = rehearse_arms(
        Stage(
            recipe=policy_head.applied_to(draft),
            instruments=instruments.by_symbol(),
            starting_cash=settings.backtest_cash,
        ),
        [choose_preset(TREND.name, preset) for preset in TREND.presets],
        before=slices.fit,
        slice_=slices.calibrate,
    )
    context.add_output_metadata({config_id: b.rewards for config_id, b in arms.beliefs.items()})
    return arms
