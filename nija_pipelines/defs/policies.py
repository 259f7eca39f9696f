"""The policy head, calibrated on rehearsed and on real round trips."""

import dagster as dg
from msgspec.structs import replace

from nija_domain.learning.calibration import PRIOR_HEAD, Calibration, calibrate_exposures, reward_of
from nija_domain.learning.reward_model import calibrate_rewards, held_reward
from nija_domain.regimes.model import RegimeModel
from nija_domain.regimes.verdict import TrainedHierarchy
from nija_domain.strategies.arms import Arms
from nija_domain.strategies.trend import PRESETS, choose_preset
from nija_pipelines.resources import Installation, LakeFolder
from nija_pipelines.stage import stage_of
from nija_pipelines.training import Listing, Snapshot


@dg.asset(group_name="policies")
def policy_head(
    lake_snapshot: Snapshot,
    instruments: Listing,
    regime_model: RegimeModel,
    macro_regimes: TrainedHierarchy,
    installation: Installation,
    lake: LakeFolder,
) -> Calibration:
    """What each regime has paid, on the second slice of history and in the feedback so far."""
    from nija_domain.evaluation.rehearsal import rehearse
    from nija_domain.evaluation.slices import slice_histories

    histories = lake.read_histories(installation.settings(), lake_snapshot.snapshot_id)
    slices = slice_histories(histories)
    stage = stage_of(installation, instruments, regime_model, macro_regimes)
    rehearsed = rehearse(stage, PRIOR_HEAD, before=slices.fit, slice_=slices.calibrate)
    traded = lake.read_trades(lake_snapshot.snapshot_id)
    now_us = max(int(history.ts_us[-1]) for history in histories.values()) + stage.timeframe_us
    calibrated = calibrate_exposures(
        rehearsed=[reward_of(trade) for trade in rehearsed.trades],
        traded=[reward_of(row) for row in traded],
        now_us=now_us,
    )
    held = [*map(held_reward, rehearsed.trades), *map(held_reward, traded)]
    return replace(calibrated, rewards=calibrate_rewards(held, now_us=now_us))


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
    from nija_domain.evaluation.rehearsal import rehearse_arms
    from nija_domain.evaluation.slices import slice_histories

    settings = installation.settings()
    if not settings.trend_auto_tune_enabled:
        context.add_output_metadata({"auto tune": "off", "preset": settings.preset})
        return Arms()
    slices = slice_histories(lake.read_histories(settings, lake_snapshot.snapshot_id))
    arms = rehearse_arms(
        stage_of(
            installation, instruments, regime_model, macro_regimes, rewards=policy_head.rewards
        ),
        policy_head.head,
        map(choose_preset, PRESETS),
        before=slices.fit,
        slice_=slices.calibrate,
    )
    context.add_output_metadata({config_id: b.rewards for config_id, b in arms.beliefs.items()})
    return arms
