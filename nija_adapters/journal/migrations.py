"""The formats of the journal's file, and how an older one becomes the newest."""

import sqlite3

from nija_domain.errors import JournalBroken

FIRST_FORMAT = 1

MIGRATIONS: dict[int, tuple[str, ...]] = {
    2: (
        # Up to which record a process last followed the whole chain, and when (wall time).
        (
            "CREATE TABLE checks"
            " (sequence INTEGER NOT NULL, hash BLOB NOT NULL, at_us INTEGER NOT NULL)"
        ),
    ),
}
"""What makes each format out of the one before; no statement touches a record."""

NEWEST_FORMAT = max(MIGRATIONS)


def read_format(connection: sqlite3.Connection) -> int:
    """Raises `JournalBroken` if this version does not know the file's format."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
    if row is None:
        raise JournalBroken("it names no format; restore it from a copy, or move it away")
    known = {str(number): number for number in range(FIRST_FORMAT, NEWEST_FORMAT + 1)}
    if row[0] not in known:
        raise JournalBroken(
            f"its format is {row[0]!r} and this version reads {', '.join(map(repr, known))};"
            " open it with the version that wrote it"
        )
    return known[row[0]]


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to the newest format in one transaction; a kill leaves it in the old one."""
    if read_format(connection) == NEWEST_FORMAT:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        raise_format(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def raise_format(connection: sqlite3.Connection) -> None:
    """Within the caller's transaction."""
    for number in range(read_format(connection) + 1, NEWEST_FORMAT + 1):
        for statement in MIGRATIONS[number]:
            connection.execute(statement)
        connection.execute("UPDATE meta SET value = ? WHERE name = 'format'", (str(number),))
