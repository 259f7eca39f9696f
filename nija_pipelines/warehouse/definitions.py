"""What Dagster may load of the warehouse, gathered and nothing more."""

import os
from pathlib import Path

import dagster as dg

from nija_pipelines.resources import Home, named_home
from nija_pipelines.warehouse import routine
from nija_pipelines.warehouse.models import InstalledDbt, build_models
from nija_pipelines.warehouse.project import DBT, PROJECT, prepare_manifest


def gather(home: Home, project: Path = PROJECT) -> dg.Definitions:
    """The warehouse of one home."""
    manifest = prepare_manifest(project, home=home)
    return dg.Definitions(
        assets=[build_models(manifest, target=home.dbt_build)],
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
    return gather(named_home(os.environ))
