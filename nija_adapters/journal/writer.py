"""Writes the journal: what it has confirmed survives a crash and a power failure."""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from nija_adapters.journal.table import (
    check_format,
    create_table,
    errors_named,
    is_empty,
    read_events,
    read_links,
)
from nija_domain.errors import JournalHeld, NijaError
from nija_domain.events.chain import Link, encode_event, link_all
from nija_domain.events.records import JournalEvent


class JournalWriter:
    """Holds the file's lock from `open` to `close`; usable from one thread."""

    def __init__(
        self, path: Path, *, connection: sqlite3.Connection, lock_fd: int, last: Link | None
    ) -> None:
        self._path = path
        self._connection = connection
        self._lock_fd = lock_fd
        self._last = last

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the journal, or create it; its whole chain is checked."""
        with contextlib.ExitStack() as undo:
            lock_fd = _take_lock(path)
            undo.callback(os.close, lock_fd)
            with errors_named(path):
                connection = sqlite3.connect(path, isolation_level=None)
                undo.callback(connection.close)
                last = _prepare(connection)
            undo.pop_all()
        return cls(path, connection=connection, lock_fd=lock_fd, last=last)

    @property
    def last_sequence(self) -> int:
        """The number of the last record."""
        return self._last.sequence if self._last else 0

    def append(self, events: Sequence[JournalEvent]) -> int:
        """Write all events durably, or none; returns the last number."""
        if not events:
            return self.last_sequence
        with errors_named(self._path):
            links = link_all(map(encode_event, events), previous=self._last)
            self._commit(links)
        self._last = links[-1]
        return self.last_sequence

    def read(self, after_sequence: int = 0) -> Iterator[tuple[int, JournalEvent]]:
        """The events after this number."""
        with errors_named(self._path):
            yield from read_events(self._connection, after_sequence=after_sequence)

    def close(self) -> None:
        """Merge SQLite's log into the file and let another writer open it."""
        self._connection.close()
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
            self._lock_fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _commit(self, links: Sequence[Link]) -> None:
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
    if is_empty(connection):
        create_table(connection)
    check_format(connection)
    last: Link | None = None
    for link in read_links(connection, after_sequence=0):
        last = link
    return last


def _take_lock(path: Path) -> int:
    lock_path = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock_fd = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise NijaError(
            f"journal {path} cannot be opened ({error.strerror});"
            " make its folder writable or set another path"
        ) from error
    try:
        fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock_fd, 0)
        os.pwrite(lock_fd, str(os.getpid()).encode(), 0)
    except BlockingIOError as error:
        holder = os.pread(lock_fd, 20, 0).decode("ascii", "replace") or "unknown"
        os.close(lock_fd)
        raise JournalHeld(
            f"journal {path} is written by process {holder};"
            " stop that process first, or set another path"
        ) from error
    except OSError as error:
        os.close(lock_fd)
        raise NijaError(
            f"journal {path}: its lock cannot be written ({error.strerror}); free disk space"
        ) from error
    return lock_fd
