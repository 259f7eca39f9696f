"""How large the lake is, what it holds, and what it was fed last."""

from typing import TYPE_CHECKING

import msgspec

from nija_adapters.lake.ingests import Ingest
from nija_adapters.lake.schema import VENUE_OF_ROW

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LAST_INGESTS = 10

# The warehouse keeps its tables in schemas of its own.
TABLES = """
SELECT schema_name, table_name, file_count, file_size_bytes
FROM lake.table_info() JOIN __ducklake_metadata_lake.ducklake_schema USING (schema_id)
WHERE end_snapshot IS NULL ORDER BY schema_name <> 'main', schema_name, table_name
"""

REACHES = """
SELECT
    venue, symbol, timeframe_us,
    count(*), count(*) FILTER (revision > 1), min(ts_us), max(ts_us)
FROM lake.candles GROUP BY venue, symbol, timeframe_us ORDER BY venue, symbol, timeframe_us
"""

SET_ASIDE = f"""
SELECT {VENUE_OF_ROW} AS row_venue, symbol, rule, count(*) FROM lake.candle_quarantine
GROUP BY row_venue, symbol, rule ORDER BY count(*) DESC, row_venue, symbol, rule
"""  # noqa: S608 - our own names

INGESTS = f"""
SELECT {", ".join(Ingest.__struct_fields__)}
FROM (SELECT * REPLACE ({VENUE_OF_ROW} AS venue) FROM lake.ingests)
ORDER BY known_at_us DESC, symbol LIMIT {LAST_INGESTS}
"""  # noqa: S608 - our own names


class TableSize(msgspec.Struct, frozen=True):
    """Rows, files and bytes of one table; rows without a file yet count too.

    Outside the schema `main` the name includes the schema: `warehouse.candles_1d`.
    """

    name: str
    rows: int
    files: int
    bytes: int


class Reach(msgspec.Struct, frozen=True):
    """The range of one series; `rows` includes older revisions."""

    venue: str
    symbol: str
    timeframe_us: int
    rows: int
    restated: int
    oldest_us: int
    newest_us: int


class SetAside(msgspec.Struct, frozen=True):
    """How many rows of one symbol broke one rule."""

    venue: str
    symbol: str
    rule: str
    rows: int


class LakeStatus(msgspec.Struct, frozen=True):
    """What `nija lake status` shows."""

    tables: tuple[TableSize, ...]
    snapshots: int
    newest_snapshot: int
    reaches: tuple[Reach, ...]
    quarantine: tuple[SetAside, ...]
    last_ingests: tuple[Ingest, ...]


def read_status(cursor: "DuckDBPyConnection") -> LakeStatus:
    """Collect it."""
    ((snapshots, newest),) = cursor.execute(
        "SELECT count(*), max(snapshot_id) FROM lake.snapshots()"
    ).fetchall()
    ingests = cursor.execute(INGESTS).fetchall()
    names = Ingest.__struct_fields__
    return LakeStatus(
        tables=_read_tables(cursor),
        snapshots=int(snapshots),
        newest_snapshot=int(newest),
        reaches=tuple(Reach(*row) for row in cursor.execute(REACHES).fetchall()),
        quarantine=tuple(SetAside(*row) for row in cursor.execute(SET_ASIDE).fetchall()),
        last_ingests=tuple(Ingest(**dict(zip(names, row, strict=True))) for row in ingests),
    )


def _read_tables(cursor: "DuckDBPyConnection") -> tuple[TableSize, ...]:
    sizes = []
    for schema, name, files, size in cursor.execute(TABLES).fetchall():
        ((rows,),) = cursor.execute(f'SELECT count(*) FROM lake."{schema}"."{name}"').fetchall()  # noqa: S608 - names that the lake told
        shown = name if schema == "main" else f"{schema}.{name}"
        sizes.append(TableSize(shown, int(rows), int(files), int(size)))
    return tuple(sizes)
