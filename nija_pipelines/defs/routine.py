"""When: the jobs and their schedules."""

import dagster as dg

training_line = dg.define_asset_job(
    "training_line",
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets("fills"),
    description="From the venue's candles and the journal's fills to a promoted release.",
    executor_def=dg.in_process_executor,
)

ingestion = dg.define_asset_job(
    "ingestion",
    selection=dg.AssetSelection.assets("instruments", "candles", "feedback"),
    description="New candles and new fills into the lake.",
    executor_def=dg.in_process_executor,
)

every_five_minutes = dg.ScheduleDefinition(
    name="ingestion_every_five_minutes", job=ingestion, cron_schedule="*/5 * * * *"
)

nightly = dg.ScheduleDefinition(
    name="training_nightly", job=training_line, cron_schedule="30 2 * * *"
)
