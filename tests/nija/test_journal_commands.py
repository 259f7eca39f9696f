"""`nija journal` on files that are whole, broken, missing or of another kind."""

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nija.__main__ import app
from nija_adapters.journal.checking import ChainCheck, JournalCheck
from nija_adapters.journal.writer import JournalWriter
from nija_domain.events.records import BarClosed

ROWS = 40


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "journal.db"
    with JournalWriter.open(made) as journal:
        journal.append([BarClosed(at_us=number, ts_us=number) for number in range(ROWS)])
    return made


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["journal", *(str(each) for each in arguments)])


def test_a_whole_journal_is_counted(path: Path) -> None:
    """Exit code 0; the last check of the executor is told beside it."""
    JournalCheck(path).note(ChainCheck(sequence=30, hash=bytes(32), at_us=60_000_000))
    found = run("verify", path)
    told = json.loads(run("verify", path, "--json").stdout)

    assert found.exit_code == 0
    assert "40 records, and each fits" in found.stdout
    assert "up to record 30, at 1970-01-01 00:01" in found.stdout
    assert (told["is_whole"], told["records"], told["broken_at"]) == (True, ROWS, None)
    assert len(bytes.fromhex(told["last_hash"])) == 32


def test_a_broken_journal_is_named_with_its_record_and_the_remedy(path: Path) -> None:
    """Exit code 1, for a person and for a program."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE events SET hash = zeroblob(32) WHERE sequence = 17")
    found = run("verify", path)
    told = json.loads(run("verify", path, "--json").stdout)

    assert found.exit_code == 1
    assert "breaks at record 17" in found.stdout
    assert "restore it from a copy" in found.stdout
    assert (told["is_whole"], told["records"], told["broken_at"]) == (False, 16, 17)


def test_what_cannot_be_checked_is_neither_whole_nor_broken(tmp_path: Path) -> None:
    """Exit code 2: no file, or one that is no journal."""
    other = tmp_path / "other.db"
    other.write_bytes(b"not a database " * 400)

    for file, said in ((tmp_path / "none.db", "no journal at"), (other, "not a journal")):
        found = run("verify", file)

        assert found.exit_code == 2
        assert said in found.stderr


def test_an_export_says_where_the_next_one_goes_on(path: Path, tmp_path: Path) -> None:
    """Two exports, one after the other, hold every record once."""
    first = json.loads(
        run("export", "--to", tmp_path / "1.parquet", "--journal", path, "--json").stdout
    )
    with JournalWriter.open(path) as journal:
        journal.append([BarClosed(at_us=1, ts_us=1)])
    second = run(
        "export", "--to", tmp_path / "2.parquet", "--journal", path, "--after", first["last"]
    )

    assert (first["records"], first["last"]) == (ROWS, ROWS)
    assert "1 record;" in second.stdout
    assert "--after 41" in second.stdout
