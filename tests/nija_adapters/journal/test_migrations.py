"""An older file is read as it is, and becomes the newest format whole or not at all."""

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from nija_adapters.journal.checking import JournalCheck
from nija_adapters.journal.migrations import MIGRATIONS, NEWEST_FORMAT, read_format
from nija_adapters.journal.reader import JournalReader
from nija_adapters.journal.table import open_read_only
from nija_adapters.journal.writer import JournalWriter
from nija_domain.errors import JournalBroken
from nija_domain.events.records import BarClosed, EquityMarked, FundsMoved, JournalEvent

RECORDED = Path(__file__).parent / "recorded" / "format-1.sqlite"
"""Written by the last version that knew format 1 only."""

EVENTS: Sequence[JournalEvent] = (
    FundsMoved(at_us=5, amount=Decimal("100.10"), reason="start"),
    *(BarClosed(at_us=number, ts_us=number) for number in (6, 7, 8)),
    EquityMarked(at_us=9, equity=Decimal("1E+2"), cash=Decimal(0)),
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copy(RECORDED, tmp_path / "journal.sqlite"))


def format_of(path: Path) -> int:
    with contextlib.closing(open_read_only(path)) as connection:
        return read_format(connection)


def read(path: Path) -> list[JournalEvent]:
    return [event for _, event in JournalReader(path).read()]


def test_readers_read_an_old_file_and_leave_it_old(old: Path) -> None:
    """Page and command line may be newer than the executor that writes; they never migrate."""
    assert read(old) == list(EVENTS)
    assert JournalCheck(old).follow().records == len(EVENTS)
    assert JournalCheck(old).last_check() is None
    assert format_of(old) == 1


def test_the_writer_brings_an_old_file_to_the_newest_format(old: Path) -> None:
    """No record changes, the chain goes on, and the new table is there."""
    with JournalWriter.open(old) as journal:
        journal.append([BarClosed(at_us=10, ts_us=10)])

    assert format_of(old) == NEWEST_FORMAT
    assert read(old) == [*EVENTS, BarClosed(at_us=10, ts_us=10)]
    assert JournalCheck(old).last_check() is None


def test_an_old_file_and_a_new_one_have_the_same_tables(old: Path, tmp_path: Path) -> None:
    """A migration ends where a new journal begins."""
    made = tmp_path / "new.sqlite"
    for path in (old, made):
        JournalWriter.open(path).close()

    old_schema, new_schema = (
        sqlite3.connect(path).execute("SELECT sql FROM sqlite_schema ORDER BY name").fetchall()
        for path in (old, made)
    )

    assert old_schema == new_schema


_DIE_AT_STATEMENT = """
import os, signal, sqlite3, sys
from nija_adapters.journal.migrations import migrate

connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA synchronous = FULL")
left = int(sys.argv[2])

def count(statement):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

connection.set_trace_callback(count)
migrate(connection)
"""


def test_kill_9_amid_a_migration_leaves_the_old_file(old: Path) -> None:
    """Before each statement, the last included; the next start does the whole of it."""
    statements = 4 + sum(map(len, MIGRATIONS.values())) + len(MIGRATIONS)
    codes = []
    for number in range(1, statements + 2):
        path = Path(shutil.copy(old, old.with_name(f"{number}.sqlite")))
        command = [sys.executable, "-c", _DIE_AT_STATEMENT, str(path), str(number)]
        codes.append(subprocess.run(command, check=False).returncode)

        assert format_of(path) == (1 if codes[-1] else NEWEST_FORMAT)
        JournalWriter.open(path).close()
        assert format_of(path) == NEWEST_FORMAT
        assert read(path) == list(EVENTS)
    assert codes == [-9] * statements + [0]


@pytest.mark.parametrize("named", ["0", "3", "two"])
def test_a_format_that_is_not_known_is_refused_with_the_remedy(old: Path, named: str) -> None:
    """A journal of the future is left to the program that wrote it, and is not touched."""
    with contextlib.closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("UPDATE meta SET value = ? WHERE name = 'format'", (named,))
    before = old.read_bytes()

    for use in (JournalWriter.open, read, lambda path: JournalCheck(path).follow()):
        with pytest.raises(JournalBroken, match=rf"format is '{named}'.*'1', '2'.*that wrote it"):
            use(old)
    assert old.read_bytes() == before
