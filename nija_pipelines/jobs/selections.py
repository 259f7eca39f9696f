"""What each job runs: named groups of assets, in the order of their dependencies."""

import dagster as dg

from nija_pipelines.jobs.attempts import JOB


def groups(*names: str) -> dg.AssetSelection:
    """The executor alone makes what the journal holds: a job starts behind that."""
    return dg.AssetSelection.groups(*names).materializable()


training_line = dg.define_asset_job(
    JOB,
    selection=groups(
        "market",
        "learning",
        "snapshot",
        "features",
        "regimes",
        "policies",
        "evaluation",
        "releases",
    ),
    description="From the venue's candles and the journal's fills to a promoted release.",
    executor_def=dg.in_process_executor,
)

ingestion = dg.define_asset_job(
    "ingestion",
    selection=groups("market", "learning", "watch", "universe", "capital"),
    description="New candles and fills; what they say of champion, universe and agents.",
    executor_def=dg.in_process_executor,
)

calibration = dg.define_asset_job(
    "calibration",
    selection=groups("learning", "snapshot", "policies", "evaluation", "releases"),
    description="The policy anew on the newest feedback, behind the last regime model.",
    executor_def=dg.in_process_executor,
)

publish = dg.define_asset_job(
    "publish",
    selection=groups("releases"),
    description="What was trained last, signed anew and promoted, if nothing holds it: what was"
    " rolled back needs the job lift_hold first.",
    executor_def=dg.in_process_executor,
)

evolution_night = dg.define_asset_job(
    "evolution_night",
    selection=groups("evolution"),
    description="One proposal against the champion and against luck: nearly always nothing.",
    executor_def=dg.in_process_executor,
)

lake_upkeep = dg.define_asset_job(
    "lake_upkeep",
    selection=groups("lake"),
    description="Fewer files and snapshots; nothing that a release was made from is lost.",
    executor_def=dg.in_process_executor,
)
