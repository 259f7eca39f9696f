"""Reading the journal while it is written, without ever standing in the writer's way."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from nija_adapters.journal.table import check_format, errors_named, is_empty, read_events
from nija_domain.events.records import JournalEvent


class JournalReader:
    """Opens the file for each reading and only to read; no file yet means no events yet."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, after_sequence: int = 0) -> Iterator[tuple[int, JournalEvent]]:
        """Events after the given one; their chain is verified from that record on."""
        if not self._path.exists():
            return
        with errors_named(self._path), contextlib.closing(self._connect()) as connection:
            if is_empty(connection):
                return
            check_format(connection)
            yield from read_events(connection, after_sequence=after_sequence)

    def _connect(self) -> sqlite3.Connection:
        # Every thread may pull from the generator; only one does at a time.
        return sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
