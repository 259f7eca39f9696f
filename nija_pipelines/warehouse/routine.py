"""When the warehouse is built."""

import dagster as dg

from nija_pipelines.instance.retries import TIMEZONE
from nija_pipelines.warehouse.models import GROUP

warehouse_build = dg.define_asset_job(
    "warehouse_build",
    selection=dg.AssetSelection.groups(GROUP),
    description="Build the dbt tables from the lake and run their tests.",
    executor_def=dg.in_process_executor,
)

# Ten minutes past: the last candles of the hour have been ingested by then.
hourly = dg.ScheduleDefinition(
    name="warehouse_hourly",
    job=warehouse_build,
    cron_schedule="10 * * * *",
    execution_timezone=TIMEZONE,
    description="Every hour at ten past: hourly and daily candles, closed trades, performance.",
)
