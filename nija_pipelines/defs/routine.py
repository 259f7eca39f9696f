"""When: jobs, schedules and sensors."""

import dagster as dg

from nija_domain.events.ledger import IncidentRecorded
from nija_pipelines.attempts import JOB, ask_for_training
from nija_pipelines.blame import blame_run
from nija_pipelines.patience import TIMEZONE
from nija_pipelines.resources import Channel, Installation, LedgerFile

BETWEEN_RELEASES = ("candle_health", "kpis", "universe", "allocations", "symbol_weights")
NOT_TRAINED = dg.AssetSelection.assets(
    "fills", "candle_days", *BETWEEN_RELEASES
) | dg.AssetSelection.groups("lake")

training_line = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.all() - NOT_TRAINED - dg.AssetSelection.groups("evolution"),
    description="From the venue's candles and the journal's fills to a promoted release.",
    executor_def=dg.in_process_executor,
)

ingestion = dg.define_asset_job(
    "ingestion",
    selection=dg.AssetSelection.assets("candles", "feedback", *BETWEEN_RELEASES),
    description="New candles and fills; what they say of champion, universe and agents.",
    executor_def=dg.in_process_executor,
)

calibration = dg.define_asset_job(
    "calibration",
    selection=dg.AssetSelection.assets(
        "feedback",
        "lake_snapshot",
        "policy_head",
        "preset_arms",
        "backtest",
        "training_run",
        "release",
        "champion",
    ),
    description="The policy anew on the newest feedback, behind the last regime model.",
    executor_def=dg.in_process_executor,
)

publish = dg.define_asset_job(
    "publish",
    selection=dg.AssetSelection.assets("release", "champion"),
    description="What was trained last, signed anew and promoted, if nothing holds it: what was"
    " rolled back needs the job lift_hold first.",
    executor_def=dg.in_process_executor,
)

evolution_night = dg.define_asset_job(
    "evolution_night",
    selection=dg.AssetSelection.groups("evolution"),
    description="One proposal against the champion and against luck: nearly always nothing.",
    executor_def=dg.in_process_executor,
)

lake_upkeep = dg.define_asset_job(
    "lake_upkeep",
    selection=dg.AssetSelection.groups("lake"),
    description="Fewer files and snapshots; nothing that a release was made from is lost.",
    executor_def=dg.in_process_executor,
)

every_five_minutes = dg.ScheduleDefinition(
    name="ingestion_every_five_minutes",
    job=ingestion,
    cron_schedule="*/5 * * * *",
    execution_timezone=TIMEZONE,
    description="Every five minutes: new candles and fills, the picture of the data, and what they"
    " say of champion, universe and allocations.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

nightly = dg.ScheduleDefinition(
    name="training_nightly",
    job=training_line,
    cron_schedule="30 2 * * *",
    execution_timezone=TIMEZONE,
    description="Each night at 02:30 UTC: the whole training, whatever the market did.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

upkeep_nightly = dg.ScheduleDefinition(
    name="lake_upkeep_nightly",
    job=lake_upkeep,
    cron_schedule="30 4 * * *",
    execution_timezone=TIMEZONE,
    description="Each night at 04:30 UTC: the lake's files merged, old snapshots let go.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


@dg.schedule(
    job=evolution_night,
    cron_schedule="30 8 * * *",
    execution_timezone=TIMEZONE,
    description="Each night at 08:30 UTC, which is 03:30 in New York in winter and 04:30 in summer:"
    " one proposal against the champion.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def evolution_nightly(
    installation: Installation, channel: Channel
) -> dg.RunRequest | dg.SkipReason:
    """A night of rest until there is a champion to measure a proposal against."""
    if channel.champion(installation.settings().channel) is None:
        return dg.SkipReason("no release was ever promoted: there is no incumbent")
    return dg.RunRequest()


@dg.sensor(
    job=training_line,
    description="Trains the first release of a home by itself; where that fails, ever later again.",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def first_release(
    context: dg.SensorEvaluationContext,
    installation: Installation,
    channel: Channel,
    ledger: LedgerFile,
) -> dg.RunRequest | dg.SkipReason:
    """A home without a release trains one by itself."""
    name = installation.settings().channel
    champion = channel.champion(name)
    if champion is not None:
        return dg.SkipReason(f"{champion} is the champion")
    return ask_for_training(
        context.instance,
        installation,
        reason="no release was ever promoted",
        kept=ledger.kept(name),
    )


@dg.asset_sensor(
    asset_key=dg.AssetKey("kpis"),
    description="Trains anew when the market has drifted from the champion, or when enough trades"
    " have closed to learn from; where that fails, ever later again.",
    job=training_line,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def retraining(
    context: dg.SensorEvaluationContext,
    asset_event: dg.EventLogEntry,
    installation: Installation,
    ledger: LedgerFile,
) -> dg.RunRequest | dg.SkipReason:
    """Drift over its limit, or enough new trades to learn from; each decision says why."""
    settings = installation.settings()
    found = asset_event.asset_materialization
    told = {name: value.value for name, value in found.metadata.items()} if found else {}
    drift, trades = float(str(told.get("drift_score", 0.0))), int(str(told.get("new_trades", 0)))
    if drift > settings.drift_limit_nats:
        reason = f"drift of {drift:.2f} nats a bar"
    elif trades >= settings.retrain_trades:
        reason = f"{trades} new trades"
    else:
        return dg.SkipReason(f"drift {drift:.2f} nats, {trades} new trades: nothing calls for it")
    kept = ledger.kept(settings.channel)
    return ask_for_training(context.instance, installation, reason=reason, kept=kept)


@dg.run_failure_sensor(
    description="Notes each failed run as an incident in the ledger, with what was really wrong.",
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
)
def failures(
    context: dg.RunFailureSensorContext, installation: Installation, ledger: LedgerFile
) -> None:
    """Every failed run becomes an incident in the ledger, which says what was really wrong."""
    ledger.append(
        IncidentRecorded(
            at_us=installation.venue_now_us(),
            kind=f"run failed: {context.dagster_run.job_name}",
            told=blame_run(context.instance, context.dagster_run.run_id)
            or context.failure_event.message
            or "",
            run_id=context.dagster_run.run_id,
        )
    )
