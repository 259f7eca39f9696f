"""Dagster's storage is made by one process, and one that two have made at once is mended."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from alembic.util.exc import CommandError

from bench.first_start import race_for_homes, start_homes
from nija.home import Home, prepare_home
from nija.running.dagster_storage import prepare_storage as prepare_in_a_process
from nija_domain.errors import NijaError
from nija_pipelines.instance.storage import DATABASES, prepare_storage, read_claims

OLDER = "5771160a95ad"
"""What the second of two creators stamps, beside the newest version of the first."""


@pytest.fixture(scope="module")
def with_a_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A sound home, made once: each test spoils a copy."""
    folder = tmp_path_factory.mktemp("sound")
    return folder, make_with_a_run(prepare_home(folder))


@pytest.fixture
def run_id(with_a_run: tuple[Path, str]) -> str:
    return with_a_run[1]


@pytest.fixture
def home(tmp_path: Path, with_a_run: tuple[Path, str]) -> Home:
    shutil.copytree(with_a_run[0], tmp_path, dirs_exist_ok=True, symlinks=True)
    return prepare_home(tmp_path)


def open_instance(home: Home) -> dg.DagsterInstance:
    return dg.DagsterInstance.from_config(str(home.dagster))


def tell(database: Path, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement, values)


def shape_of(database: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(database)) as connection:
        return set(connection.execute("SELECT type, name FROM sqlite_master").fetchall())


def make_with_a_run(home: Home) -> str:
    prepare_storage(home)

    @dg.job
    def nothing() -> None: ...

    with open_instance(home) as instance:
        return nothing.execute_in_process(instance=instance).run_id


@pytest.mark.parametrize("name", DATABASES)
def test_two_claims_of_a_version_become_one(home: Home, run_id: str, name: str) -> None:
    """Nothing can open such a home; afterwards it opens with every run, and is told of once."""
    tell(home.dagster / name, "INSERT INTO alembic_version VALUES (?)", OLDER)
    with pytest.raises(CommandError, match="more than one head"), open_instance(home) as instance:
        instance.get_asset_keys()

    found = prepare_storage(home)

    with open_instance(home) as instance:
        assert [run.run_id for run in instance.get_runs()] == [run_id]
        assert instance.all_instigator_state() == []
        assert instance.all_logs(run_id)
    assert OLDER not in read_claims(home.dagster / name)
    assert len(found) == 1
    assert Path(name).name in found[0]
    assert prepare_storage(home) == []


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("history/runs.db", "DROP TABLE run_tags"),
        ("history/runs.db", "DROP INDEX idx_run_range"),
        ("history/runs/index.db", "DROP TABLE asset_keys"),
        ("schedules/schedules.db", "DROP TABLE instigators"),
    ],
)
def test_what_a_killed_creator_left_out_is_added(
    home: Home, run_id: str, name: str, cut: str
) -> None:
    """Also where it had not come to the stamp; the schema is that of a new home."""
    whole = shape_of(home.dagster / name)
    tell(home.dagster / name, cut)
    tell(home.dagster / name, "DELETE FROM alembic_version")

    found = prepare_storage(home)

    with open_instance(home) as instance:
        assert [run.run_id for run in instance.get_runs()] == [run_id]
    assert shape_of(home.dagster / name) == whole
    assert len(read_claims(home.dagster / name)) == 1
    assert "was incomplete" in found[0]


def test_a_storage_that_cannot_be_read_is_told_in_one_sentence(home: Home) -> None:
    """With what is lost by starting it anew, and what is not."""
    (home.dagster / "history" / "runs.db").write_text("this is no database, whatever its name is")

    with pytest.raises(NijaError, match="not a database; move that folder away"):
        prepare_in_a_process(home)


def test_those_who_prepare_it_at_once_take_turns() -> None:
    """The same two without a turn leave a third of the homes with two claims."""
    found = race_for_homes(3, prepared=True)

    assert (found.broken, found.first_fault) == (0, "")


@pytest.mark.prove
def test_fifty_fresh_homes_in_a_row_start_sound() -> None:
    """Webserver and daemon started in the same moment, each time on a new home."""
    found = start_homes(50, prepared=True)

    assert (found.homes, found.broken, found.first_fault) == (50, 0, "")
