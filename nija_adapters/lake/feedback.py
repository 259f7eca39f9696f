"""Fills and closed trades in the lake, each once, by its number in the journal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from nija_adapters.lake.columns import columns_of, typed_fields
from nija_domain.errors import EventInvalid
from nija_domain.learning.feedback import FillRow, TradeRow

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = TypeVar("Row", FillRow, TradeRow)

TABLES: dict[type, str] = {FillRow: "lake.fills", TradeRow: "lake.trades"}


def append_rows(cursor: "DuckDBPyConnection", rows: Sequence[Row]) -> int:
    """Store new rows; returns how many. The same number with other content is refused."""
    if not rows:
        return 0
    row_type = type(rows[0])
    table = TABLES[row_type]
    cursor.register("page", columns_of(rows))
    typed_rows = f"SELECT {typed_fields(row_type)} FROM page"  # noqa: S608 - names and types are our own
    differing = cursor.execute(
        f"({typed_rows} SEMI JOIN {table} USING (sequence)) EXCEPT (FROM {table})"
    ).fetchone()
    if differing or len({row.sequence for row in rows}) < len(rows):
        raise EventInvalid(
            f"{table} would hold two contents under one journal number"
            f"{f' ({differing[0]})' if differing else ''}: these rows come from another journal;"
            " give each journal a lake of its own"
        )
    inserted = cursor.execute(
        f"INSERT INTO {table} {typed_rows} ANTI JOIN {table} USING (sequence) ORDER BY sequence"
    )
    return int(inserted.fetchall()[0][0])


def read_rows(cursor: "DuckDBPyConnection", row_type: type[Row], *, snapshot: int) -> list[Row]:
    """The rows in this snapshot, in the journal's order."""
    query = f"FROM {TABLES[row_type]} AT (VERSION => {snapshot:d}) ORDER BY sequence"
    rows = cursor.execute(query).fetchall()
    names = row_type.__struct_fields__
    return [row_type(**dict(zip(names, row, strict=True))) for row in rows]


def last_sequence(cursor: "DuckDBPyConnection") -> int:
    """The highest journal number stored; 0 in a new lake."""
    (highest,) = cursor.execute(
        "SELECT max(sequence) FROM"
        " (SELECT sequence FROM lake.fills UNION ALL SELECT sequence FROM lake.trades)"
    ).fetchall()[0]
    return int(highest or 0)
