"""Keeps the lake small: fewer files and snapshots."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from nija_domain.market.timeframes import DAY_US

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LARGE_FILE_BYTES = 2_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

OUTDATED = """
SELECT snapshot_id FROM lake.snapshots()
WHERE snapshot_time < {before} AND snapshot_id < (SELECT max(snapshot_id) FROM lake.snapshots())
ORDER BY snapshot_id
"""


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """How many files there were before and after."""

    files_before: int
    files_after: int


def file_rows(cursor: "DuckDBPyConnection") -> None:
    """Give rows without a file their file."""
    cursor.execute("CALL ducklake_flush_inlined_data('lake')")


def merge_files(cursor: "DuckDBPyConnection") -> None:
    """Merge small files into large, sorted ones; every snapshot still reads the same.

    Files of a bulk ingestion are packed better than DuckDB would, and stay.
    """
    cursor.execute(
        f"CALL ducklake_merge_adjacent_files('lake', max_file_size => {LARGE_FILE_BYTES})"
    )


def count_files(cursor: "DuckDBPyConnection") -> int:
    """How many files the lake has."""
    (files,) = cursor.execute("SELECT sum(file_count) FROM lake.table_info()").fetchall()[0]
    return int(files or 0)


def knows_snapshot(cursor: "DuckDBPyConnection", snapshot: int) -> bool:
    """Whether the snapshot exists and is not expired."""
    question = "FROM __ducklake_metadata_lake.ducklake_snapshot SELECT 1 WHERE snapshot_id = {:d}"
    return cursor.execute(question.format(snapshot)).fetchone() is not None


def expire_snapshots(
    cursor: "DuckDBPyConnection", *, keep: Collection[int], before_us: int
) -> list[int]:
    """Expire snapshots before this time, except those in `keep` and the newest; returns them."""
    outdated = cursor.execute(OUTDATED.format(before=_moment(before_us))).fetchall()
    expired = [int(number) for (number,) in outdated if number not in keep]
    if expired:
        cursor.execute(f"CALL ducklake_expire_snapshots('lake', versions => {expired})")
    return expired


def remove_files(cursor: "DuckDBPyConnection", *, before_us: int) -> list[str]:
    """Delete files that no snapshot has used since the day before.

    A reader may still use a file that was dropped a moment ago; `before_us` gives it time.
    """
    # DuckLake compares a catalogue of SQLite as text, where a whole day passes for its last moment.
    day_before_us = before_us - before_us % DAY_US - 1
    removed = []
    for function, moment_us in (
        ("ducklake_cleanup_old_files", day_before_us),
        ("ducklake_delete_orphaned_files", before_us),
    ):
        question = f"CALL {function}('lake', older_than => {_moment(moment_us)})"
        removed += [str(path) for (path,) in cursor.execute(question).fetchall()]
    return removed


def _moment(at_us: int) -> str:
    moment = EPOCH + timedelta(microseconds=at_us)
    return f"TIMESTAMPTZ '{moment.isoformat(sep=' ')}'"
