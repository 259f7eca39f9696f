"""The policy head, calibrated on rehearsed and on real round trips."""

import dagster as dg
from msgspec.structs import replace

from nija_domain.learning.calibration import PRIOR_HEAD, Calibration, calibrate_exposures, reward_of
from nija_domain.learning.reward_model import calibrate_rewards, held_reward
from nija_domain.regimes.fitting.training_verdict import TrainedHierarchy
from nija_domain.regimes.model import RegimeModel
from nija_pipelines.passing.types import Listing, Snapshot
from nija_pipelines.resources import Installation, LakeFolder
from nija_pipelines.stage import stage_of


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
