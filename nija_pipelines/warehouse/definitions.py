"""What Dagster may load of the warehouse, gathered and nothing more."""

import os
from pathlib import Path

import dagster as dg

from nija_domain.errors import SettingsInvalid
from nija_pipelines.warehouse import routine
from nija_pipelines.warehouse.models import InstalledDbt, build_models
from nija_pipelines.warehouse.project import DBT, PROJECT, build_folder, prepare_manifest


def gather(home: Path, project: Path = PROJECT) -> dg.Definitions:
    """The warehouse of one home."""
    manifest = prepare_manifest(project, home=home)
    return dg.Definitions(
        assets=[build_models(manifest, target=build_folder(home))],
        jobs=[routine.warehouse_build],
        schedules=[routine.hourly],
        resources={
            "dbt": InstalledDbt(
                project_dir=os.fspath(project), profiles_dir=os.fspath(project), dbt_executable=DBT
            )
        },
    )


@dg.definitions
def defs() -> dg.Definitions:
    home = os.environ.get("NIJA_HOME")
    if not home:
        raise SettingsInvalid("NIJA_HOME is not set; set it to the folder that holds the state")
    return gather(Path(home).absolute())
