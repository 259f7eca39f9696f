"""When each job runs by the clock; one clock, UTC, tells what runs before what."""

import dagster as dg

from nija_pipelines.instance.retries import TIMEZONE
from nija_pipelines.jobs.selections import evolution_night, ingestion, lake_upkeep, training_line
from nija_pipelines.resources import Channel, Installation

every_five_minutes = dg.ScheduleDefinition(
    name="ingestion_every_five_minutes",
    job=ingestion,
    cron_schedule="*/5 * * * *",
    execution_timezone=TIMEZONE,
    description="Every five minutes: fetch new candles and fills, check the data, and update drift,"
    " universe and allocations.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

nightly = dg.ScheduleDefinition(
    name="training_nightly",
    job=training_line,
    cron_schedule="30 2 * * *",
    execution_timezone=TIMEZONE,
    description="Every night at 02:30 UTC: one full training.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

upkeep_nightly = dg.ScheduleDefinition(
    name="lake_upkeep_nightly",
    job=lake_upkeep,
    cron_schedule="30 4 * * *",
    execution_timezone=TIMEZONE,
    description="Every night at 04:30 UTC: merge the lake's files and expire old snapshots.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


@dg.schedule(
    job=evolution_night,
    cron_schedule="30 8 * * *",
    execution_timezone=TIMEZONE,
    description="Every night at 08:30 UTC (03:30 in New York in winter, 04:30 in summer): test one"
    " proposal against the champion.",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def evolution_nightly(
    installation: Installation, channel: Channel
) -> dg.RunRequest | dg.SkipReason:
    """Skipped until there is a champion to compare a proposal with."""
    if channel.champion(installation.settings().channel) is None:
        return dg.SkipReason(
            "no release was promoted yet, so there is nothing to compare a proposal with"
        )
    return dg.RunRequest()
