"""The whole chain is followed: how far it holds, and what is wrong with the next record."""

import contextlib
import sqlite3
import threading
from pathlib import Path

import pytest

from nija_adapters.journal.checking import STRETCH_ROWS, ChainCheck, JournalCheck
from nija_adapters.journal.writer import JournalWriter
from nija_domain.errors import JournalBroken
from nija_domain.events.records import BarClosed

ROWS = 2_500


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "journal.db"
    with JournalWriter.open(made) as journal:
        journal.append([BarClosed(at_us=number, ts_us=number) for number in range(ROWS)])
    return made


def change(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_a_whole_chain_is_followed_to_its_end(path: Path) -> None:
    """Also while the journal is being written."""
    with JournalWriter.open(path) as journal:
        found = JournalCheck(path).follow(pause_s=1e-6)
        journal.append([BarClosed(at_us=1, ts_us=1)])
        later = JournalCheck(path).follow()

    assert (found.records, found.fault, found.is_complete) == (ROWS, None, True)
    assert later.records == ROWS + 1


@pytest.mark.parametrize(
    ("statement", "good"),
    [
        ("UPDATE events SET body = '{}' WHERE sequence = 1", 0),
        ("UPDATE events SET body = '{}' WHERE sequence = 1200", 1199),
        ("UPDATE events SET body = CAST('{}' AS BLOB) WHERE sequence = 1733", 1732),
        ("UPDATE events SET hash = zeroblob(32) WHERE sequence = 2500", 2499),
        ("DELETE FROM events WHERE sequence = 700", 699),
        ("DELETE FROM events WHERE sequence > 1900", 1900),
        ("DELETE FROM events", 0),
    ],
)
def test_the_first_record_that_does_not_fit_is_known(path: Path, statement: str, good: int) -> None:
    """Changed, taken out, or cut off at the end: everything before it holds."""
    change(path, statement)

    found = JournalCheck(path).follow()

    assert found.records == good
    assert isinstance(found.fault, JournalBroken)
    assert "restore it from a copy" in str(found.fault)


def test_a_check_ends_early_when_it_is_told_to(path: Path) -> None:
    """A process that stops does not wait for the rest."""
    stop = threading.Event()
    stop.set()

    found = JournalCheck(path).follow(stop=stop)

    assert (found.records, found.is_complete) == (STRETCH_ROWS, False)


def test_the_last_check_is_remembered_in_place_of_the_one_before(path: Path) -> None:
    """Beside a writer that has the file open; records and chain stay as they are."""
    check = JournalCheck(path)
    never = check.last_check()
    with JournalWriter.open(path) as journal:
        for sequence in (5, 9):
            noted = ChainCheck(sequence=sequence, hash=bytes(32), at_us=sequence)
            check.note(noted)
        journal.append([BarClosed(at_us=1, ts_us=1)])

    assert never is None
    assert check.last_check() == noted
    assert check.follow().records == ROWS + 1
