"""The record of one training in MLflow: what it read, how, and what came of it."""

import dagster as dg
import msgspec

from nija_domain.learning.calibration import Calibration
from nija_domain.learning.training_record import TrainingRecord
from nija_domain.market.timeframes import SECOND_US, utc_minute
from nija_domain.regimes.fitting.training_verdict import TrainedHierarchy, TrainedRegimes
from nija_domain.statistics.evidence import Sample, find_lack
from nija_pipelines.passing.types import (
    BacktestReport,
    RegimePictures,
    Snapshot,
    TrainingRun,
)
from nija_pipelines.resources import Channel, Installation, Registry


@dg.asset(group_name="evaluation", kinds={"mlflow"})
def training_run(
    context: dg.AssetExecutionContext,
    lake_snapshot: Snapshot,
    regime_training: TrainedRegimes,
    macro_regimes: TrainedHierarchy,
    regime_pictures: RegimePictures,
    policy_head: Calibration,
    backtest: BacktestReport,
    installation: Installation,
    registry: Registry,
    channel: Channel,
) -> TrainingRun:
    """The MLflow record of this training: its data, seeds, parameters and results."""
    settings, (version, commit) = installation.settings(), installation.code()
    now_us = installation.wall_now_us()
    record = TrainingRecord(
        name=_name(settings.registered_model, now_us, lake_snapshot),
        started_us=_started_us(context, now_us),
        ended_us=now_us,
        snapshot=lake_snapshot.snapshot_id,
        commit=commit,
        seeds=tuple(settings.seed + restart for restart in range(settings.regime_restarts)),
        parents=channel.parents(settings.channel),
        params={
            "code_version": version,
            "ratios": find_lack(Sample(backtest.trades, backtest.days)) or "enough to compute them",
            "feedback_sequence": str(lake_snapshot.feedback_sequence),
            **regime_training.told,
            **macro_regimes.told,
            **{name: str(value) for name, value in msgspec.to_builtins(settings).items()},
        },
        metrics={
            "log_likelihood_per_bar": regime_training.model.log_likelihood_per_bar,
            **regime_training.metrics,
            **macro_regimes.metrics,
            "total_return": backtest.total_return,
            "max_drawdown": backtest.max_drawdown,
            "trades": backtest.trades,
            **_ratios(backtest),
            "feedback_trades": policy_head.traded,
        },
        artifacts={
            **_records_of(regime_training, macro_regimes, policy_head),
            **regime_pictures.files,
        },
    )
    return TrainingRun(
        run_id=registry.log_training(record, settings),
        snapshot_id=lake_snapshot.snapshot_id,
        feedback_trades=policy_head.traded,
    )


def _records_of(
    regimes: TrainedRegimes, macro: TrainedHierarchy, policy: Calibration
) -> dict[str, bytes]:
    told = {
        "regime_model": regimes.model,
        "regime_training": regimes,
        "macro_regimes": macro,
        "policy_head": policy,
    }
    return {f"{name}.json": msgspec.json.encode(record) for name, record in told.items()}


def _name(model: str, now_us: int, snapshot: Snapshot) -> str:
    return f"{model} {utc_minute(now_us)}, snapshot {snapshot.snapshot_id}"


def _started_us(context: dg.AssetExecutionContext, now_us: int) -> int:
    """When the run began that trains; what it reads from before was trained by others."""
    record = context.instance.get_run_record_by_id(context.run_id)
    return int(record.start_time * SECOND_US) if record and record.start_time else now_us


def _ratios(backtest: BacktestReport) -> dict[str, float]:
    """Those that enough trades and days bear out."""
    if find_lack(Sample(backtest.trades, backtest.days)):
        return {}
    told = {name: getattr(backtest, name) for name in ("sharpe_per_bar", "profit_factor")}
    return {name: value for name, value in told.items() if value is not None}
