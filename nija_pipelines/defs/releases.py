"""The training's record, the signed release, and the pointer that promotes it."""

import dagster as dg
import msgspec

from nija_domain.events.ledger import ReleaseKept, ReleasePromoted, ReleasePublished
from nija_domain.learning.calibration import Calibration
from nija_domain.learning.training import TrainingRecord
from nija_domain.market.timeframes import SECOND_US, utc_minute
from nija_domain.regimes.model import RegimeModel
from nija_domain.regimes.verdict import TrainedHierarchy, TrainedRegimes
from nija_domain.releases.content import unpack_content
from nija_domain.releases.draft import Origin, draft_bundle
from nija_domain.releases.holding import why_held
from nija_domain.statistics.evidence import Sample, find_lack
from nija_domain.strategies.arms import Arms
from nija_pipelines.patience import FRESH_DAILY, RETRY
from nija_pipelines.resources import Channel, Installation, LakeFolder, LedgerFile, Registry
from nija_pipelines.stage import name_subject, stage_of
from nija_pipelines.training import (
    BacktestReport,
    Listing,
    Published,
    RegimePictures,
    Snapshot,
    TrainingRun,
)


@dg.asset(group_name="releases", kinds={"mlflow"})
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
    """What this training read, with which seeds and parameters, and what came of it."""
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
            "ratios": find_lack(Sample(backtest.trades, backtest.days)) or "enough to tell them",
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
            "regime_model.json": msgspec.json.encode(regime_training.model),
            "regime_training.json": msgspec.json.encode(regime_training),
            "macro_regimes.json": msgspec.json.encode(macro_regimes),
            **regime_pictures.files,
            "policy_head.json": msgspec.json.encode(policy_head),
        },
    )
    run_id = registry.log_training(record, settings)
    return TrainingRun(run_id)


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


@dg.asset(group_name="releases")
def release(
    lake_snapshot: Snapshot,
    instruments: Listing,
    regime_model: RegimeModel,
    macro_regimes: TrainedHierarchy,
    policy_head: Calibration,
    preset_arms: Arms,
    training_run: TrainingRun,
    installation: Installation,
    lake: LakeFolder,
    channel: Channel,
    ledger: LedgerFile,
) -> Published:
    """Everything that the executor needs to decide, signed and stored, not yet promoted."""
    from nija_domain.evaluation.rehearsal import content_at

    settings, (version, commit) = installation.settings(), installation.code()
    histories = lake.read_histories(settings, lake_snapshot.snapshot_id)
    stage = stage_of(
        installation,
        instruments,
        regime_model,
        macro_regimes,
        arms=preset_arms,
        rewards=policy_head.rewards,
    )
    content = content_at(stage, policy_head.head, histories)
    origin = Origin(
        sequence=channel.next_sequence(),
        created_us=max(cut.ts_us for cut in content.cuts) + content.timeframe_us,
        parents=channel.parents(settings.channel),
        data_snapshot=lake_snapshot.snapshot_id,
        code_version=version,
        code_commit=commit,
        training_run_id=training_run.run_id,
        key_id=channel.key_id(),
    )
    manifest, bundle = draft_bundle(content, origin)
    fingerprint = channel.publish(bundle)
    ledger.append(_published(origin, manifest.release_id, fingerprint))
    return Published(
        release_id=manifest.release_id,
        fingerprint=fingerprint,
        run_id=training_run.run_id,
        snapshot_id=lake_snapshot.snapshot_id,
        feedback_trades=policy_head.traded,
        created_us=origin.created_us,
        subject=name_subject(stage, policy_head.head, lake_snapshot),
    )


def _published(origin: Origin, release_id: str, fingerprint: str) -> ReleasePublished:
    return ReleasePublished(
        at_us=origin.created_us,
        release_id=release_id,
        fingerprint=fingerprint,
        parents=origin.parents,
    )


@dg.asset_check(asset=release, blocking=True)
def release_verified(release: Published, channel: Channel) -> dg.AssetCheckResult:
    """The stored bundle is whole, signed by a trusted key and readable by this version."""
    from nija_domain.errors import ReleaseInvalid

    try:
        content = unpack_content(channel.load(release.release_id).files)
    except ReleaseInvalid as error:
        return dg.AssetCheckResult(passed=False, metadata={"why": str(error)})
    return dg.AssetCheckResult(passed=True, metadata={"universe": list(content.universe)})


@dg.asset(
    group_name="releases",
    kinds={"mlflow"},
    retry_policy=RETRY,
    freshness_policy=FRESH_DAILY,
)
def champion(
    release: Published,
    backtest: BacktestReport,
    installation: Installation,
    channel: Channel,
    registry: Registry,
    ledger: LedgerFile,
) -> dg.MaterializeResult[None]:
    """Registered under the alias, then pointed at: the executor takes it between two bars.

    One that has not earned it, or that was rolled back, is kept as challenger, and the channel
    stays where it is.
    """
    settings = installation.settings()
    manifest = channel.load(release.release_id).manifest_bytes
    if obstacles := _obstacles(release, backtest, settings.channel, channel, ledger):
        registry.keep(settings, manifest=manifest)
        _record_kept(release, obstacles, settings.channel, ledger)
        return dg.MaterializeResult(
            metadata={"release": release.release_id, "promoted": False, "why": obstacles}
        )
    version = registry.promote(settings, manifest=manifest)
    channel.point(settings.channel, release.release_id)
    before = [each for each in channel.pointed_at(settings.channel) if each != release.release_id]
    previous = before[-1] if before else None
    if _last_promoted(ledger, settings.channel) != release.release_id:
        ledger.append(
            ReleasePromoted(
                at_us=release.created_us,
                channel=settings.channel,
                release_id=release.release_id,
                previous=previous,
                by="training_line",
            )
        )
    return dg.MaterializeResult(
        metadata={
            "release": release.release_id,
            "promoted": True,
            "why": list(backtest.merit.reasons) if backtest.merit else [],
            "previous": previous or "none",
            "registered_version": version,
            "feedback_trades": release.feedback_trades,
        }
    )


def _obstacles(
    release: Published, backtest: BacktestReport, name: str, channel: Channel, ledger: LedgerFile
) -> list[str]:
    """Why this release is not promoted, a sentence each; nothing where it may be."""
    held = channel.manifests(hold.release_id for hold in ledger.holds(name))
    told = why_held(channel.manifest(release.release_id), held)
    return ([told] if told else []) + _lack_of_merit(release, backtest)


def _lack_of_merit(release: Published, backtest: BacktestReport) -> list[str]:
    """What another one has earned, trained before it or under other settings, is not its own."""
    merit, remedy = backtest.merit, "run the job training_line or calibration"
    if merit is None:
        return [f"its back-test was never judged; {remedy}"]
    if not release.subject or release.subject != backtest.subject:
        return [f"the last back-test is of other models, settings or candles; {remedy}"]
    return [] if merit.is_earned else list(merit.reasons)


def _record_kept(release: Published, reasons: list[str], name: str, ledger: LedgerFile) -> None:
    """Once, however often the step runs."""
    kept = ReleaseKept(
        at_us=release.created_us,
        channel=name,
        release_id=release.release_id,
        reasons=tuple(reasons),
    )
    if all(entry != kept for _, entry in ledger.read()):
        ledger.append(kept)


def _last_promoted(ledger: LedgerFile, name: str) -> str | None:
    """A step that was killed behind its entry does not write it twice."""
    promoted = [
        entry.release_id
        for _, entry in ledger.read()
        if isinstance(entry, ReleasePromoted) and entry.channel == name
    ]
    return promoted[-1] if promoted else None
