"""What asks for a run without a clock: a new home, a drifted market, a failed run."""

import dagster as dg

from nija_domain.events.ledger import IncidentRecorded
from nija_pipelines.defs.backfill.candle_days import SYMBOLS, candle_days
from nija_pipelines.instance.blame import blame_run
from nija_pipelines.jobs.attempts import ask_for_training
from nija_pipelines.jobs.selections import training_line
from nija_pipelines.resources import Channel, Installation, LedgerFile


@dg.sensor(
    job=training_line,
    description="Starts the first training of a home. After a failure it tries again, each time"
    " later.",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def first_release(
    context: dg.SensorEvaluationContext,
    installation: Installation,
    channel: Channel,
    ledger: LedgerFile,
) -> dg.RunRequest | dg.SkipReason:
    """Start the first training of a home that has no release."""
    name = installation.settings().channel
    champion = channel.champion(name)
    if champion is not None:
        return dg.SkipReason(f"{champion} is the champion")
    return ask_for_training(
        context.instance,
        installation,
        reason="no release was promoted yet",
        kept=ledger.kept(name),
    )


@dg.asset_sensor(
    asset_key=dg.AssetKey("kpis"),
    description="Starts a training when the market has drifted from the champion, or when enough"
    " trades have closed. After a failure it tries again, each time later.",
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
    """Start a training on drift over its limit or on enough new trades."""
    settings = installation.settings()
    found = asset_event.asset_materialization
    told = {name: value.value for name, value in found.metadata.items()} if found else {}
    drift, trades = float(str(told.get("drift_score", 0.0))), int(str(told.get("new_trades", 0)))
    if drift > settings.drift_limit_nats:
        reason = f"drift of {drift:.2f} nats per bar"
    elif trades >= settings.retrain_trades:
        reason = f"{trades} new trades"
    else:
        return dg.SkipReason(
            f"no training needed: drift {drift:.2f} nats per bar, {trades} new trades"
        )
    kept = ledger.kept(settings.channel)
    return ask_for_training(context.instance, installation, reason=reason, kept=kept)


@dg.run_failure_sensor(
    description="Records each failed run as an incident in the ledger, with its cause.",
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
)
def failures(
    context: dg.RunFailureSensorContext, installation: Installation, ledger: LedgerFile
) -> None:
    """Record each failed run as an incident in the ledger, with its cause."""
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


@dg.sensor(
    asset_selection=[candle_days],
    description="Offers the symbols of the settings as partitions of candle_days.",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def symbols_to_fill(
    context: dg.SensorEvaluationContext, installation: Installation
) -> dg.SensorResult | dg.SkipReason:
    """Add partitions for new symbols; those of symbols that left the settings stay."""
    known = set(context.instance.get_dynamic_partitions(str(SYMBOLS.name)))
    new = [symbol for symbol in installation.settings().symbols if symbol not in known]
    if not new:
        return dg.SkipReason("every symbol of the settings has its partition")
    return dg.SensorResult(dynamic_partitions_requests=[SYMBOLS.build_add_request(new)])
