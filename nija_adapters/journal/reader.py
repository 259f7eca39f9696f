"""Reads the journal while it is being written, without blocking the writer."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from nija_adapters.journal.migrations import read_format
from nija_adapters.journal.side_file import SideFile, side_path
from nija_adapters.journal.table import (
    errors_named,
    is_empty,
    open_read_only,
    read_events,
    read_last,
    read_links,
)
from nija_domain.events.chain import Link, decode_event, link_all
from nija_domain.events.records import JournalEvent

NANOSECONDS_A_MICROSECOND = 1_000


class JournalReader:
    """Opens the file for each read. If it does not exist yet, there are no events yet."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, after_sequence: int = 0) -> Iterator[tuple[int, JournalEvent]]:
        """The events after this number; their hash chain is checked from there on.

        What a kill did while the file could not be written continues it.
        """
        yield from read_file(self._path, after_sequence=after_sequence)
        beside = SideFile(side_path(self._path)).read()
        if not beside:
            return
        with errors_named(self._path), contextlib.closing(open_read_only(self._path)) as connection:
            last = read_last(connection)
        if link_all([beside[0].body], previous=last) == beside[:1]:
            for link in beside:
                if link.sequence > after_sequence:
                    yield link.sequence, decode_event(link.body)

    def newest_us(self) -> int | None:
        """Venue time of the last record; None without a journal."""
        if not self._path.exists():
            return None
        with errors_named(self._path), contextlib.closing(open_read_only(self._path)) as connection:
            if is_empty(connection):
                return None
            read_format(connection)
            (last,) = connection.execute("SELECT max(sequence) FROM events").fetchone()
            events = read_events(connection, after_sequence=last - 1) if last else ()
            return max((event.at_us for _, event in events), default=None)

    def last_written_us(self) -> int | None:
        """Wall time of the last write; None without a journal."""
        written_ns = []
        log = self._path.with_name(f"{self._path.name}-wal")
        for file in (self._path, log, side_path(self._path)):
            with contextlib.suppress(FileNotFoundError):
                status = file.stat()
                # A reader may leave an empty log of its own behind.
                if status.st_size > 0:
                    written_ns.append(status.st_mtime_ns)
        return max(written_ns) // NANOSECONDS_A_MICROSECOND if written_ns else None


def read_file(path: Path, *, after_sequence: int) -> Iterator[tuple[int, JournalEvent]]:
    """The events of the file itself; none without a file."""
    if not path.exists():
        return
    with errors_named(path), contextlib.closing(open_read_only(path)) as connection:
        if is_empty(connection):
            return
        read_format(connection)
        yield from read_events(connection, after_sequence=after_sequence)


def read_tail(path: Path, *, from_sequence: int) -> Iterator[Link]:
    """The rows from this number on; their chain is checked."""
    with errors_named(path), contextlib.closing(open_read_only(path)) as connection:
        yield from read_links(connection, after_sequence=max(0, from_sequence - 1))
