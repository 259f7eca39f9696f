"""Writes the journal: what it has confirmed survives a crash and a power failure."""

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Self

import structlog

from nija_adapters.journal.file_lock import take_lock
from nija_adapters.journal.group_commit import GroupCommit
from nija_adapters.journal.migrations import migrate
from nija_adapters.journal.reader import read_file
from nija_adapters.journal.table import (
    create_table,
    errors_named,
    is_busy,
    is_empty,
    read_last,
)
from nija_domain.events.chain import Link, encode_events, link_all
from nija_domain.events.records import JournalEvent

log = structlog.get_logger("journal")

LOCKED_S_MAX = 10.0
"""How long a commit waits for another process that holds SQLite's lock; what it holds grows old."""

MERGED_BYTES = 1_000_000
"""So much is written before SQLite's log is merged into the file."""

LOG_PAGES_MAX = 4_000
"""At 16 MB SQLite merges its log at the end of a commit, if there was no pause before."""

FIRST_PAUSE_S, PAUSE_S_MAX = 0.005, 0.25


class JournalWriter:
    """Holds the file's lock from `open` to `close`; any thread and any task may commit."""

    def __init__(
        self, path: Path, *, connection: sqlite3.Connection, lock_fd: int, last: Link | None
    ) -> None:
        self._path = path
        self._connection = connection
        self._lock_fd = lock_fd
        self._last = last
        self.patience_s: float | None = None
        """How long a write waits for another process's lock, where not the usual time."""
        self._unmerged_bytes = 0
        self._group = GroupCommit(self._write, rest=self._merge_log)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the journal, or create it. `read` checks its chain."""
        with contextlib.ExitStack() as undo:
            lock_fd = take_lock(path)
            undo.callback(os.close, lock_fd)
            with errors_named(path):
                # From here on the thread of the group writes, and nobody else.
                connection = sqlite3.connect(
                    path, isolation_level=None, check_same_thread=False, timeout=LOCKED_S_MAX
                )
                undo.callback(connection.close)
                last = _prepare(connection)
            undo.pop_all()
        return cls(path, connection=connection, lock_fd=lock_fd, last=last)

    @property
    def last(self) -> Link | None:
        return self._last

    @property
    def last_sequence(self) -> int:
        """The number of the last record."""
        return self._last.sequence if self._last else 0

    async def commit(self, events: Sequence[JournalEvent]) -> int:
        """Write all events durably, or none; returns the last number.

        Commits keep the order of the calls. One that builds on another waits for it first.
        """
        bodies = self.encoded(events)
        if not bodies:
            return self.last_sequence
        return await asyncio.wrap_future(self.submit(bodies))

    def append(self, events: Sequence[JournalEvent]) -> int:
        """The same for a program without an event loop: it stands still until all is durable."""
        bodies = self.encoded(events)
        return self.submit(bodies).result() if bodies else self.last_sequence

    def submit(self, bodies: Sequence[bytes]) -> Future[int]:
        """The same for records that are encoded already."""
        return self._group.submit(bodies)

    def read(self, after_sequence: int = 0) -> Iterator[tuple[int, JournalEvent]]:
        """The events after this number; their hash chain is checked from there on."""
        return read_file(self._path, after_sequence=after_sequence)

    def close(self) -> None:
        """Finish what waits, merge SQLite's log into the file, let another writer open it."""
        self._group.close()
        self._connection.close()
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
            self._lock_fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def encoded(self, events: Sequence[JournalEvent]) -> list[bytes]:
        """A record that would not read back fails here: it spoils nobody else's group."""
        with errors_named(self._path):
            return encode_events(events)

    def _write(self, bodies: Sequence[bytes]) -> int:
        with errors_named(self._path):
            links = link_all(bodies, previous=self._last)
            self._store_when_free(links)
        self._last = links[-1]
        self._unmerged_bytes += sum(map(len, bodies))
        return self._last.sequence

    def _merge_log(self) -> None:
        """Bring SQLite's log into the file while nobody waits, not at the end of a commit."""
        if self._unmerged_bytes < MERGED_BYTES:
            return
        try:
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error as error:
            log.warning("the journal's log is merged into it later", why=str(error))
        self._unmerged_bytes = 0

    def _store_when_free(self, links: Sequence[Link]) -> None:
        """Another process may hold SQLite's lock: try again, a little later each time."""
        began_s, pause_s = time.monotonic(), FIRST_PAUSE_S
        while True:
            try:
                return self._store(links)
            except sqlite3.OperationalError as error:
                if not is_busy(error) or time.monotonic() - began_s > self._patience_s():
                    raise
            if pause_s < PAUSE_S_MAX <= 2 * pause_s:
                log.warning("the journal is locked by another process; trying again")
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, PAUSE_S_MAX)

    def _patience_s(self) -> float:
        """Read anew at each try: a kill does not wait as long."""
        return LOCKED_S_MAX if self.patience_s is None else self.patience_s

    def _store(self, links: Sequence[Link]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(
                "INSERT INTO events (sequence, body, hash) VALUES (?, ?, ?)",
                [(link.sequence, link.body, link.hash) for link in links],
            )
            self._connection.execute("COMMIT")
        except BaseException:
            # SQLite may have rolled back on its own; a second roll-back would hide the cause.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


def _prepare(connection: sqlite3.Connection) -> Link | None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES_MAX}")
    if is_empty(connection):
        create_table(connection)
    migrate(connection)
    last = read_last(connection)
    # While it writes, each wait is ours: SQLite's own would not be told.
    connection.execute("PRAGMA busy_timeout = 0")
    return last
