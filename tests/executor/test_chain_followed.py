"""Beside a trading session the whole chain is followed: whole is noted, broken ends it."""

import asyncio
import contextlib
import sqlite3
import threading
from pathlib import Path

import pytest

from executor.bootstrap import _follow_chain, chain_followed
from nija_adapters.journal.checking import JournalCheck
from nija_adapters.journal.snapshots import JournalSnapshots
from nija_adapters.journal.writer import JournalWriter
from nija_domain.errors import JournalBroken
from nija_domain.events.records import BarClosed
from nija_domain.trading.snapshots import Snapshot

ROWS = 300


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "journal.db"
    with JournalWriter.open(made) as journal:
        journal.append([BarClosed(at_us=number, ts_us=number) for number in range(ROWS)])
    return made


def test_a_whole_chain_is_noted_with_its_last_record(path: Path) -> None:
    """So that a person can see when it was last followed, and how far."""
    _follow_chain(path, threading.Event())
    noted = JournalCheck(path).last_check()

    assert noted is not None
    assert (noted.sequence, noted.hash) == (ROWS, JournalCheck(path).follow().last.hash)


def test_a_broken_chain_ends_the_session_in_the_words_of_a_start(path: Path) -> None:
    """The session is told to stop, and then the process ends with the record and the remedy.

    No snapshot is left that would let the next start trade on it for a while.
    """
    snapshots = JournalSnapshots(path, rules="these")
    snapshots.keep(Snapshot(sequence=ROWS, body=b""))
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE events SET hash = zeroblob(32) WHERE sequence = 7")

    async def course() -> None:
        stop = asyncio.Event()
        async with chain_followed(path, stop=stop):
            await stop.wait()

    with pytest.raises(JournalBroken, match=r"journal\.db: the chain breaks at record 7.*copy"):
        asyncio.run(course())
    assert JournalCheck(path).last_check() is None
    assert snapshots.newest() is None


def test_a_session_that_ends_first_does_not_wait_for_the_check(path: Path) -> None:
    """What was not followed to its end is not noted."""
    enough = threading.Event()
    enough.set()
    _follow_chain(path, enough)

    assert JournalCheck(path).last_check() is None
