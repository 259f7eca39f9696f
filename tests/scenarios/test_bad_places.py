"""Damaged files and unusable folders: one clear sentence, a non-zero exit, nothing lost."""

import subprocess
import sys
from pathlib import Path

import pytest

from nija.home import prepare_home
from nija_adapters.lake.lake import Lake
from nija_domain.errors import LakeBroken, PlaceUnusable
from tests.fakes.programs import ROOT, executor_environ, program

CLOSED_URL = "http://127.0.0.1:9"


def start_executor(home: Path) -> tuple[int, str]:
    with program("executor", "config", environ=executor_environ(home, CLOSED_URL)) as process:
        _, errors = process.communicate(timeout=60)
        return process.returncode, errors


def test_a_damaged_journal_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    """The executor does not start over what it cannot read."""
    journal = tmp_path / "journal" / "journal.sqlite"
    journal.parent.mkdir()
    journal.write_bytes(b"this was a journal once" * 50)
    before = journal.read_bytes()

    code, errors = start_executor(tmp_path)

    assert code == 1
    assert str(journal) in errors
    assert "restore it from a copy" in errors
    assert "Traceback" not in errors
    assert journal.read_bytes() == before


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file in the way, for the executor and for the command line alike."""
    in_the_way = tmp_path / "home"
    in_the_way.write_text("")

    code, errors = start_executor(in_the_way)

    assert code == 1
    assert "NIJA_HOME" in errors
    assert "Traceback" not in errors
    with pytest.raises(PlaceUnusable, match="NIJA_HOME"):
        prepare_home(in_the_way)


def test_a_damaged_lake_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    """Neither a traceback of the database nor a new, empty lake in its place."""
    with Lake(tmp_path / "lake") as lake:
        lake.snapshot()
    for name in ("catalogue.sqlite-wal", "catalogue.sqlite-shm"):
        (tmp_path / "lake" / name).unlink(missing_ok=True)
    catalogue = tmp_path / "lake" / "catalogue.sqlite"
    catalogue.write_bytes(b"this was a catalogue once" * 50)
    before = catalogue.read_bytes()

    with pytest.raises(LakeBroken, match="restore catalogue"):
        Lake(tmp_path / "lake").snapshot()
    assert catalogue.read_bytes() == before


def test_a_lake_where_a_file_stands_is_named(tmp_path: Path) -> None:
    """The folder and the remedy are in the sentence."""
    (tmp_path / "lake").write_text("")

    with pytest.raises(LakeBroken, match="NIJA_HOME"):
        Lake(tmp_path / "lake").snapshot()


def test_a_second_up_on_the_same_home_is_refused(tmp_path: Path) -> None:
    """The one that runs is named by its process."""
    holder = (
        "import sys, time\nfrom pathlib import Path\nfrom nija.home import prepare_home\n"
        "from nija.running.up import only_one\n"
        "with only_one(prepare_home(Path(sys.argv[1]))):\n"
        "    print('held', flush=True)\n    time.sleep(60)\n"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", holder, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert first.stdout is not None
        first.stdout.readline()
        with program("nija", "up", environ={"NIJA_HOME": str(tmp_path)}) as second:
            _, errors = second.communicate(timeout=60)

        assert second.returncode == 1
        assert str(first.pid) in errors
        assert "NIJA_HOME" in errors
        # the key of a new home is drawn by the one that runs, and by no other beside it
        assert not (tmp_path / "keys").exists()
    finally:
        first.kill()
        first.wait()
