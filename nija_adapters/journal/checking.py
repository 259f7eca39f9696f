"""Follows the journal's whole chain, at once or gently beside a trading executor."""

import contextlib
import sqlite3
import threading
from pathlib import Path

import msgspec

from nija_adapters.journal.migrations import NEWEST_FORMAT, read_format
from nija_adapters.journal.table import (
    errors_named,
    is_empty,
    open_read_only,
    read_links,
)
from nija_domain.errors import JournalBroken
from nija_domain.events.chain import Link

LOCKED_S_MAX = 10.0

STRETCH_ROWS = 100
"""Between two pauses: a fraction of a millisecond in which no other thread runs."""


class ChainCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Up to which record the chain was followed without a fault, and at which wall time."""

    sequence: int
    hash: bytes
    at_us: int


class ChainFinding(msgspec.Struct, frozen=True, kw_only=True):
    """`last` is the last record that fits the chain; `fault` is what is wrong with the next."""

    last: Link | None = None
    fault: JournalBroken | None = None
    is_complete: bool = True

    @property
    def records(self) -> int:
        return self.last.sequence if self.last else 0


class JournalCheck:
    """Reads with a connection of its own; the only thing it may write is the note of a check."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def follow(self, *, pause_s: float = 0.0, stop: threading.Event | None = None) -> ChainFinding:
        """Follow the chain from the first record; the pauses spare the other threads.

        Raises `JournalBroken` if the file is no journal of a known format.
        """
        stop = stop or threading.Event()
        with errors_named(self._path), contextlib.closing(open_read_only(self._path)) as connection:
            if is_empty(connection):
                return ChainFinding()
            read_format(connection)
            return self._follow(connection, pause_s=pause_s, stop=stop)

    def _follow(
        self, connection: sqlite3.Connection, *, pause_s: float, stop: threading.Event
    ) -> ChainFinding:
        last: Link | None = None
        try:
            with errors_named(self._path):
                for link in read_links(connection, after_sequence=0):
                    last = link
                    if link.sequence % STRETCH_ROWS == 0 and stop.wait(pause_s):
                        return ChainFinding(last=last, is_complete=False)
        except JournalBroken as fault:
            return ChainFinding(last=last, fault=fault)
        return ChainFinding(last=last)

    def last_check(self) -> ChainCheck | None:
        """The newest note; None if there is none, or the file is older than such notes."""
        with errors_named(self._path), contextlib.closing(open_read_only(self._path)) as connection:
            if is_empty(connection) or read_format(connection) < NEWEST_FORMAT:
                return None
            row = connection.execute("SELECT sequence, hash, at_us FROM checks").fetchone()
        return ChainCheck(sequence=row[0], hash=row[1], at_us=row[2]) if row else None

    def note(self, check: ChainCheck) -> None:
        """Remember it in place of the one before."""
        with (
            errors_named(self._path),
            contextlib.closing(
                sqlite3.connect(self._path, isolation_level=None, timeout=LOCKED_S_MAX)
            ) as connection,
        ):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM checks")
            connection.execute(
                "INSERT INTO checks VALUES (?, ?, ?)", (check.sequence, check.hash, check.at_us)
            )
            connection.execute("COMMIT")
