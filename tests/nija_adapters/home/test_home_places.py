"""Every path of a home lies under it, and stays where homes of before have it."""

from pathlib import Path

import pytest

from nija_adapters.home.places import DEFAULT, Home, chosen_home, named_home
from nija_domain.errors import SettingsInvalid

ROOT = Path(__file__).parents[3]
HOME = Home(Path("/state"))


def test_paths_stay_where_homes_of_before_have_them() -> None:
    """Another path would make a running installation start anew."""
    assert HOME.journal == Path("/state/journal/journal.sqlite")
    assert HOME.ledger == Path("/state/ledger/ledger.jsonl")
    assert HOME.lake_catalogue == Path("/state/lake/catalogue.sqlite")
    assert HOME.directives("champion") == Path("/state/releases/directives/champion")
    assert HOME.venue_key == Path("/state/keys/venue.json")
    assert HOME.venue_acts == Path("/state/venue/acts.jsonl")
    assert HOME.pictures == Path("/state/records/pictures")
    assert HOME.study("kraken") == Path("/state/studies/regimes-kraken.json")
    assert HOME.mlflow_store == "sqlite:////state/mlflow/mlflow.db"
    assert HOME.mlflow_artifacts == Path("/state/mlflow/artifacts")
    assert HOME.dagster_settings == Path("/state/dagster/dagster.yaml")
    assert HOME.log("executor") == Path("/state/logs/executor.log")


def test_a_record_lies_by_the_key_of_its_asset() -> None:
    """Of a key with several parts all but the last are folders."""
    assert HOME.record("release") == Path("/state/records/release.json")
    assert HOME.record("warehouse", "a.b") == Path("/state/records/warehouse/a.b.json")


def test_the_models_of_dbt_read_the_lake_that_the_map_names() -> None:
    """dbt reads its profile by itself: the one place beside the map that spells the path."""
    profile = (ROOT / "dbt_models" / "profiles.yml").read_text()
    found = profile.replace("{{ env_var('NIJA_HOME') }}", str(HOME.folder))

    assert f'folder: "{HOME.lake}"' in found
    assert f"ducklake:sqlite:{HOME.lake_catalogue}" in found


@pytest.mark.parametrize("environ", [{}, {"NIJA_HOME": ""}])
def test_without_a_name_it_is_the_folder_of_the_checkout(environ: dict[str, str]) -> None:
    """Not one below the folder that one happens to stand in; who must name one is told so."""
    assert chosen_home(environ).folder == DEFAULT == ROOT / ".nija"
    with pytest.raises(SettingsInvalid, match="NIJA_HOME is not set"):
        named_home(environ)


def test_a_relative_home_is_made_absolute() -> None:
    """It is told to processes that stand elsewhere."""
    assert chosen_home({"NIJA_HOME": "state"}).folder == Path.cwd() / "state"
    assert named_home({"NIJA_HOME": "/state"}) == HOME
