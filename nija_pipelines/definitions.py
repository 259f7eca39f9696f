"""Everything that Dagster may load of ours, gathered and nothing more."""

import dagster as dg

from nija_pipelines import defs as groups
from nija_pipelines import resources
from nija_pipelines.jobs import rollback, schedules, selections, sensors
from nija_pipelines.passing.records import RecordStore

defs = dg.Definitions(
    assets=dg.load_assets_from_package_module(groups, include_specs=True),
    asset_checks=dg.load_asset_checks_from_package_module(groups),
    jobs=[
        selections.training_line,
        selections.ingestion,
        selections.calibration,
        selections.publish,
        selections.evolution_night,
        selections.lake_upkeep,
        rollback.roll_back,
        rollback.lift_hold,
    ],
    sensors=[
        sensors.first_release,
        sensors.retraining,
        sensors.failures,
        sensors.symbols_to_fill,
    ],
    schedules=[
        schedules.every_five_minutes,
        schedules.nightly,
        schedules.evolution_nightly,
        schedules.upkeep_nightly,
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
