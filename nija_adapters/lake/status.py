"""How large a lake is, how far it reaches and what it was fed last."""

from typing import TYPE_CHECKING

import msgspec

from nija_adapters.lake.ingests import Ingest

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LAST_INGESTS = 10

TABLES = "SELECT table_name, file_count, file_size_bytes FROM lake.table_info() ORDER BY table_name"

REACHES = """
SELECT symbol, timeframe_us, count(*), count(*) FILTER (revision > 1), min(ts_us), max(ts_us)
FROM lake.candle_rows GROUP BY symbol, timeframe_us ORDER BY symbol, timeframe_us
"""

SET_ASIDE = """
SELECT symbol, rule, count(*) FROM lake.candle_quarantine
GROUP BY symbol, rule ORDER BY count(*) DESC, symbol, rule
"""

INGESTS = f"""
SELECT {", ".join(Ingest.__struct_fields__)} FROM lake.ingests
ORDER BY known_at_us DESC, symbol LIMIT {LAST_INGESTS}
"""  # noqa: S608 - our own names


class TableSize(msgspec.Struct, frozen=True):
    """Rows that wait in the catalogue count, though they have no file yet."""

    name: str
    rows: int
    files: int
    bytes: int


class Reach(msgspec.Struct, frozen=True):
    """`rows` of one symbol, older revisions included."""

    symbol: str
    timeframe_us: int
    rows: int
    restated: int
    oldest_us: int
    newest_us: int


class SetAside(msgspec.Struct, frozen=True):
    symbol: str
    rule: str
    rows: int


class LakeStatus(msgspec.Struct, frozen=True):
    tables: tuple[TableSize, ...]
    snapshots: int
    newest_snapshot: int
    reaches: tuple[Reach, ...]
    quarantine: tuple[SetAside, ...]
    last_ingests: tuple[Ingest, ...]


def read_status(cursor: "DuckDBPyConnection") -> LakeStatus:
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
    for name, files, size in cursor.execute(TABLES).fetchall():
        ((rows,),) = cursor.execute(f'SELECT count(*) FROM lake."{name}"').fetchall()  # noqa: S608 - a name that the lake told
        sizes.append(TableSize(name, int(rows), int(files), int(size)))
    return tuple(sizes)
