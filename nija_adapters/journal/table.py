"""The table of records: its columns, its checked rows, and SQLite's errors as ours."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from nija_adapters.journal.migrations import FIRST_FORMAT, raise_format
from nija_domain.errors import EventInvalid, JournalBroken, JournalLocked, NijaError
from nija_domain.events.chain import Link, decode_event, follow_chain
from nija_domain.events.records import JournalEvent

_BATCH_ROWS = 1000

# AUTOINCREMENT makes SQLite remember the greatest number ever given: a lost tail shows.
_SCHEMA = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    (
        "CREATE TABLE events (sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
        " body BLOB NOT NULL, hash BLOB NOT NULL)"
    ),
)

# What the machine did to the file, against what is wrong with the file itself.
_BUSY_ERRORS = ("BUSY", "LOCKED", "PROTOCOL")
_MACHINE_ERRORS = ("FULL", "IOERR", "READONLY", "CANTOPEN", "PERM", "NOMEM")


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process holds SQLite's lock."""
    return _cause(error).startswith(_BUSY_ERRORS)


def _cause(error: Exception) -> str:
    name: str = getattr(error, "sqlite_errorname", "")
    return name.removeprefix("SQLITE_")


@contextlib.contextmanager
def errors_named(path: Path) -> Iterator[None]:
    """Turns failures of SQLite and broken chains into our errors, with file and remedy."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        cause = _cause(error)
        if cause.startswith(_BUSY_ERRORS):
            raise JournalLocked(
                f"journal {path} is locked by another process ({cause});"
                " close the program that holds it, such as an open SQLite shell"
            ) from error
        if cause.startswith(_MACHINE_ERRORS):
            raise NijaError(
                f"journal {path}: {error} ({cause}); free disk space or make its folder writable,"
                " then start again"
            ) from error
        raise JournalBroken(
            f"journal {path} is damaged or not a journal: {error};"
            " restore it from a copy, or move it away to start a new one"
        ) from error
    except (JournalBroken, EventInvalid) as error:
        raise type(error)(f"journal {path}: {error}") from error


def create_table(connection: sqlite3.Connection) -> None:
    """Create tables and format together or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    for statement in _SCHEMA:
        connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES ('format', ?)", (str(FIRST_FORMAT),))
    raise_format(connection)
    connection.execute("COMMIT")


def open_read_only(path: Path) -> sqlite3.Connection:
    """A connection that any thread may use, one at a time."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether the file has no tables yet."""
    # A damaged schema can look empty as well; its file is longer than one page.
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    return bool(tables == 0 and pages <= 1)


def read_events(
    connection: sqlite3.Connection, *, after_sequence: int
) -> Iterator[tuple[int, JournalEvent]]:
    """The events after this number, with the chain checked."""
    for link in read_links(connection, after_sequence=after_sequence):
        yield link.sequence, decode_event(link.body)


def read_links(connection: sqlite3.Connection, *, after_sequence: int) -> Iterator[Link]:
    """The checked rows after this number, up to the last one committed at the start."""
    last_sequence = _last_given(connection)
    previous = _anchor(connection, after_sequence) if after_sequence else None
    while rows := _batch(connection, after_sequence=previous.sequence if previous else 0):
        for link in follow_chain(_links(rows), previous=previous):
            yield link
            previous = link
    _check_tail(previous, last_sequence)


def read_last(connection: sqlite3.Connection) -> Link | None:
    """The last row; raises `JournalBroken` if rows after it are lost."""
    found = connection.execute("SELECT coalesce(max(sequence), 0) FROM events").fetchone()[0]
    last = _anchor(connection, found) if found else None
    _check_tail(last, _last_given(connection))
    return last


def read_hash(connection: sqlite3.Connection, sequence: int) -> bytes:
    """The hash of one record; raises `JournalBroken` if there is no such record."""
    return _anchor(connection, sequence).hash


def _last_given(connection: sqlite3.Connection) -> int:
    """The greatest number that was ever committed."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return row[0] if row else 0


def _check_tail(last: Link | None, last_sequence: int) -> None:
    found = last.sequence if last else 0
    if found < last_sequence:
        raise JournalBroken(
            f"records after {found} are lost, up to {last_sequence};"
            " restore it from a copy, or move it away to start a new journal"
        )


def _anchor(connection: sqlite3.Connection, sequence: int) -> Link:
    rows = _batch(connection, after_sequence=sequence - 1, rows=1)
    if not rows or rows[0][0] != sequence:
        raise JournalBroken(
            f"it has no record {sequence}: the file was replaced by another journal;"
            " read it again from its start"
        )
    return next(_links(rows))


def _batch(
    connection: sqlite3.Connection, *, after_sequence: int, rows: int = _BATCH_ROWS
) -> list[tuple[int, object, object]]:
    # Fetched whole: a reader that pauses between rows must not hold back the write-ahead log.
    return connection.execute(
        "SELECT sequence, body, hash FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?",
        (after_sequence, rows),
    ).fetchall()


def _links(rows: list[tuple[int, object, object]]) -> Iterator[Link]:
    for sequence, body, digest in rows:
        if not (isinstance(body, bytes) and isinstance(digest, bytes)):
            raise JournalBroken(
                f"record {sequence} holds no bytes: the file was damaged; restore it from a copy,"
                " or move it away to start a new journal"
            )
        yield Link(sequence, body, digest)
