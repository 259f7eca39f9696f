"""The policy head, calibrated on rehearsed and on real round trips."""

import dagster as dg
from msgspec.structs import replace

from nija_domain.learning.calibration import Calibration, calibrate_exposures, reward_of
from nija_domain.learning.reward_model import calibrate_rewards, held_reward
from nija_domain.regimes.fitting.training_verdict import TrainedHierarchy
from nija_domain.regimes.model import RegimeModel
from nija_pipelines.passing.recipes import draft_recipe
from nija_pipelines.passing.types import Listing, Snapshot
from nija_pipelines.resources import Installation, LakeFolder


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
    from nija_domain.evaluation.rehearsal import Stage, rehearse
    from nija_domain.evaluation.slices import slice_histories

    settings = installation.settings()
    histories = lake.read_histories(settings, lake_snapshot.snapshot_id)
    slices = slice_histories(histories)
    stage = Stage(
        recipe=draft_recipe(installation, regime_model, macro_regimes),
        instruments=instruments.by_symbol(),
        starting_cash=settings.backtest_cash,
    )
    rehearsed = rehearse(stage, before=slices.fit, slice_=slices.calibrate)
    traded = lake.read_trades(lake_snapshot.snapshot_id)
    now_us = max(int(history.ts_us[-1]) for history in histories.values()) + settings.timeframe_us
    calibrated = calibrate_exposures(
        rehearsed=[reward_of(trade) for trade in rehearsed.trades],
        traded=[reward_of(row) for row in traded],
        now_us=now_us,
    )
    held = [*map(held_reward, rehearsed.trades), *map(held_reward, traded)]
    return replace(calibrated, rewards=calibrate_rewards(held, now_us=now_us))
