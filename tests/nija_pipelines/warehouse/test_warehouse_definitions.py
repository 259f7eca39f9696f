"""The warehouse's graph is pinned, loads beside the main location, and is parsed once."""

import importlib
import json
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import dagster as dg
import pytest
import yaml

from nija_adapters.home.places import Home
from nija_domain.errors import NijaError, SettingsInvalid
from nija_pipelines.instance.retries import TIMEZONE
from nija_pipelines.warehouse.project import PROJECT, prepare_manifest

ROOT = Path(__file__).parents[3]
PINNED = Path(__file__).with_name("warehouse_graph.json")


def draw_graph(home: Path) -> dict[str, object]:
    from nija_pipelines.warehouse import definitions  # dbt: seconds, in one worker alone

    repository = definitions.gather(Home(home)).get_repository_def()
    graph = repository.asset_graph
    return {
        "assets": {
            key.to_user_string(): {
                "group": graph.get(key).group_name,
                "needs": sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
            }
            for key in sorted(graph.get_all_asset_keys())
        },
        "checks": sorted(
            f"{key.asset_key.to_user_string()}.{key.name}" for key in graph.asset_check_keys
        ),
        "jobs": sorted(job.name for job in repository.get_all_jobs()),
        "schedules": {
            schedule.name: schedule.cron_schedule for schedule in repository.schedule_defs
        },
    }


def test_the_warehouse_graph_is_the_pinned_one(warehouse_home: Path) -> None:
    """Whoever moves a model, a test or a source says so in warehouse_graph.json."""
    drawn = json.dumps(draw_graph(warehouse_home), indent=2) + "\n"

    assert drawn == PINNED.read_text()


def test_an_unchanged_project_is_not_parsed_again(
    warehouse_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no dbt to call, the manifest of the last parse is found; a change asks for dbt."""
    manifest = prepare_manifest(PROJECT, home=Home(warehouse_home))
    monkeypatch.setattr("nija_pipelines.warehouse.project.DBT", "/nowhere/dbt")

    assert prepare_manifest(PROJECT, home=Home(warehouse_home)) == manifest
    changed = warehouse_home / "changed"
    shutil.copytree(PROJECT, changed)
    (changed / "models" / "marts" / "closed_trades.sql").write_text("select 1 as sequence")
    with pytest.raises(NijaError, match="dbt cannot be run"):
        prepare_manifest(changed, home=Home(warehouse_home))


def test_dbt_is_not_started_to_tell_its_version(
    warehouse_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would ask the package index for newer ones; the version is read where pip wrote it."""
    from nija_pipelines.warehouse import definitions

    started: list[object] = []
    monkeypatch.setattr("dagster_dbt.core.resource.check_output", started.append)
    dbt = definitions.gather(Home(warehouse_home)).resources["dbt"]

    assert str(dbt._cli_version) == metadata.version("dbt-core")
    assert started == []


@pytest.mark.usefixtures("warehouse_home")
def test_both_modules_of_the_workspace_load() -> None:
    """What workspace.yaml names are definitions that Dagster finds sound, loaded here."""
    listed = yaml.safe_load((ROOT / "workspace.yaml").read_text())["load_from"]
    modules = [location["python_module"]["module_name"] for location in listed]
    for name in modules:
        found = importlib.import_module(name).defs
        dg.Definitions.validate_loadable(found if isinstance(found, dg.Definitions) else found())

    assert modules == ["nija_pipelines.definitions", "nija_pipelines.warehouse.definitions"]


@pytest.mark.prove
def test_both_code_locations_load(warehouse_home: Path) -> None:
    """The same in Dagster's own servers, a process each."""
    prepare_manifest(PROJECT, home=Home(warehouse_home))
    checked = subprocess.run(
        [
            Path(sys.executable).with_name("dagster"),
            *("definitions", "validate", "-w", ROOT / "workspace.yaml"),
        ],
        cwd=ROOT,
        env={**os.environ, "DAGSTER_DISABLE_TELEMETRY": "yes"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout
    for location in ("nija", "warehouse"):
        assert f"Validation successful for code location {location}." in checked.stdout


def test_a_home_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without NIJA_HOME the error names it."""
    from nija_pipelines.warehouse import definitions

    monkeypatch.delenv("NIJA_HOME", raising=False)

    with pytest.raises(SettingsInvalid, match="NIJA_HOME is not set"):
        definitions.defs()


def test_the_build_of_every_hour_says_what_it_does_and_when() -> None:
    """By the clock of all other schedules."""
    from nija_pipelines.warehouse.routine import hourly  # dbt: seconds, in one worker alone

    assert hourly.execution_timezone == TIMEZONE
    assert hourly.description
