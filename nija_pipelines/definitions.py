"""Everything that Dagster may load of ours, gathered and nothing more."""

import dagster as dg

from nija_pipelines import resources
from nija_pipelines.defs import (
    backfill,
    candles,
    capital,
    evaluation,
    evolution,
    features,
    feedback,
    health,
    kpis,
    maintenance,
    policies,
    regimes,
    releases,
    rollback,
    routine,
    universe,
)
from nija_pipelines.records import RecordStore

STATIONS = [
    candles,
    backfill,
    health,
    capital,
    features,
    feedback,
    kpis,
    universe,
    regimes,
    policies,
    evaluation,
    releases,
    evolution,
    maintenance,
]

defs = dg.Definitions(
    assets=dg.load_assets_from_modules(STATIONS, include_specs=True),
    asset_checks=dg.load_asset_checks_from_modules(STATIONS),
    jobs=[
        routine.training_line,
        routine.ingestion,
        routine.calibration,
        routine.publish,
        routine.evolution_night,
        routine.lake_upkeep,
        rollback.roll_back,
        rollback.lift_hold,
    ],
    sensors=[
        routine.first_release,
        routine.retraining,
        routine.failures,
        backfill.symbols_to_fill,
    ],
    schedules=[
        routine.every_five_minutes,
        routine.nightly,
        routine.evolution_nightly,
        routine.upkeep_nightly,
    ],
    resources={
        "installation": resources.Installation(folder=resources.CONFIG, home=resources.HOME),
        "market": resources.Market(),
        "lake": resources.LakeFolder(home=resources.HOME),
        "journal": resources.Journal(home=resources.HOME),
        "registry": resources.Registry(home=resources.HOME),
        "ledger": resources.LedgerFile(home=resources.HOME),
        "candidates": resources.Candidates(home=resources.HOME),
        "channel": resources.Channel(home=resources.HOME),
        "pictures": resources.Pictures(home=resources.HOME),
        "io_manager": RecordStore(home=resources.HOME),
    },
)
