"""What each job runs: named groups of assets, in the order of their dependencies."""

import dagster as dg

from nija_pipelines.jobs.attempts import JOB


def groups(*names: str) -> dg.AssetSelection:
    """All assets of these groups, except the fills, which only the executor makes."""
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
    description="One full training: from candles and fills to a release, promoted if it earned it.",
    executor_def=dg.in_process_executor,
)

ingestion = dg.define_asset_job(
    "ingestion",
    selection=groups("market", "learning", "watch", "universe", "capital"),
    description="Fetch new candles and fills, and update drift, universe and allocations.",
    executor_def=dg.in_process_executor,
)

calibration = dg.define_asset_job(
    "calibration",
    selection=groups("learning", "snapshot", "policies", "evaluation", "releases"),
    description="Train the policy again on the newest feedback; the regime model stays.",
    executor_def=dg.in_process_executor,
)

publish = dg.define_asset_job(
    "publish",
    selection=groups("releases"),
    description="Sign and promote what was trained last. A release that was rolled back needs the"
    " job lift_hold first.",
    executor_def=dg.in_process_executor,
)

evolution_night = dg.define_asset_job(
    "evolution_night",
    selection=groups("evolution"),
    description="Test one proposal against the champion and against luck. Most nights nothing"
    " passes.",
    executor_def=dg.in_process_executor,
)

lake_upkeep = dg.define_asset_job(
    "lake_upkeep",
    selection=groups("lake"),
    description="Merge files and expire old snapshots. What a release was made from is kept.",
    executor_def=dg.in_process_executor,
)
