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
