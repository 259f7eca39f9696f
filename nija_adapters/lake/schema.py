"""The tables of the lake, and the views that people read."""

from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from nija_domain.learning.feedback import FillRow, TradeRow
from nija_domain.market.venues import IMPORTED, SIMULATED

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SQL_TYPES: MappingProxyType[type, str] = MappingProxyType(
    {int: "BIGINT", str: "VARCHAR", Decimal: "DECIMAL(38, 18)"}
)

# Numbers that are whole steps of a decimal leave their plain column empty.
CANDLE_ROWS = """
CREATE TABLE lake.candle_rows (
    symbol VARCHAR NOT NULL,
    timeframe_us BIGINT NOT NULL,
    ts_us BIGINT NOT NULL,
    revision INTEGER NOT NULL,
    open DOUBLE,
    high DOUBLE,
    low DOUBLE,
    close DOUBLE,
    volume DOUBLE,
    source VARCHAR NOT NULL,
    known_at_us BIGINT NOT NULL,
    {step_columns},
    venue VARCHAR
)
"""

STEP_COLUMNS: MappingProxyType[str, str] = MappingProxyType(
    {
        "price_scale": "DOUBLE",
        "open_ticks": "BIGINT",
        "high_ticks": "BIGINT",
        "low_ticks": "BIGINT",
        "close_ticks": "BIGINT",
        "volume_scale": "DOUBLE",
        "volume_lots": "BIGINT",
    }
)

QUARANTINE = """
CREATE TABLE lake.candle_quarantine (
    symbol VARCHAR NOT NULL,
    timeframe_us BIGINT,
    ts_us BIGINT,
    open DOUBLE,
    high DOUBLE,
    low DOUBLE,
    close DOUBLE,
    volume DOUBLE,
    rule VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    raw VARCHAR,
    source VARCHAR NOT NULL,
    known_at_us BIGINT NOT NULL,
    venue VARCHAR
)
"""

INGESTS = """
CREATE TABLE lake.ingests (
    source VARCHAR NOT NULL,
    symbol VARCHAR NOT NULL,
    timeframe_us BIGINT NOT NULL,
    first_us BIGINT NOT NULL,
    last_us BIGINT NOT NULL,
    written BIGINT NOT NULL,
    identical BIGINT NOT NULL,
    restated BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    known_at_us BIGINT NOT NULL,
    venue VARCHAR
)
"""

INSTRUMENTS = """
CREATE TABLE lake.instruments (
    symbol VARCHAR NOT NULL,
    base VARCHAR NOT NULL,
    quote VARCHAR NOT NULL,
    tick_size DECIMAL(38, 18) NOT NULL,
    lot_size DECIMAL(38, 18) NOT NULL,
    min_quantity DECIMAL(38, 18) NOT NULL,
    min_notional DECIMAL(38, 18) NOT NULL,
    taker_fee_rate DECIMAL(38, 18) NOT NULL,
    source VARCHAR NOT NULL,
    known_at_us BIGINT NOT NULL
)
"""

VENUE_OF_ROW = f"""
coalesce(venue, CASE
    WHEN source LIKE 'file:%' THEN '{IMPORTED}'
    WHEN source LIKE 'http%' THEN '{SIMULATED}'
    ELSE source
END)
"""
"""Rows from before a series had a venue tell it by where they came from."""

# Views name tables unqualified, so that they hold under whatever name a person attaches the lake.
CANDLES = f"""
CREATE OR REPLACE VIEW lake.candles AS SELECT
    symbol, timeframe_us, ts_us, revision,
    coalesce(open, open_ticks / price_scale) AS open,
    coalesce(high, high_ticks / price_scale) AS high,
    coalesce(low, low_ticks / price_scale) AS low,
    coalesce(close, close_ticks / price_scale) AS close,
    coalesce(volume, volume_lots / volume_scale) AS volume,
    source, known_at_us,
    {VENUE_OF_ROW} AS venue
FROM candle_rows
"""  # noqa: S608 - our own names

# Revised candles are few: joining against those alone spares sorting the whole table.
CANDLES_LATEST = """
CREATE OR REPLACE VIEW lake.candles_latest AS
SELECT candle.* FROM candles AS candle WHERE NOT EXISTS (
    SELECT 1 FROM candles AS later
    WHERE later.revision > 1
    AND later.revision > candle.revision
    AND later.venue = candle.venue
    AND later.symbol = candle.symbol
    AND later.timeframe_us = candle.timeframe_us
    AND later.ts_us = candle.ts_us
)
"""

INSTRUMENTS_LATEST = """
CREATE OR REPLACE VIEW lake.instruments_latest AS
FROM instruments
QUALIFY row_number() OVER (PARTITION BY symbol, source ORDER BY known_at_us DESC) = 1
"""

SORTED = "ALTER TABLE lake.candle_rows SET SORTED BY (symbol ASC, timeframe_us ASC, ts_us ASC)"

OPTIONS: MappingProxyType[str, str] = MappingProxyType(
    {
        "parquet_version": "2",
        "parquet_compression": "zstd",
        "target_file_size": "64MB",
    }
)
"""How DuckDB's own writer packs what it merges."""


def create_schema(cursor: "DuckDBPyConnection") -> None:
    """Create the tables that are missing; a complete lake gets no new snapshot."""
    found = cursor.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'lake'")
    tables = {name for (name,) in found.fetchall()}
    if "candle_quarantine" in tables:
        _take_over_bare_quarantine(cursor)
    is_new = "candle_rows" not in tables
    if is_new:
        _create_tables(cursor, beside=tables)
    if _add_venues(cursor) or is_new:
        for view in (CANDLES, CANDLES_LATEST, INSTRUMENTS_LATEST):
            cursor.execute(view)


def _create_tables(cursor: "DuckDBPyConnection", *, beside: set[str]) -> None:
    if "candles" in beside:
        _take_over_plain_candles(cursor)
    else:
        _create_first_tables(cursor)
    for statement in (SORTED, INGESTS, INSTRUMENTS):
        cursor.execute(statement)
    for name, value in OPTIONS.items():
        cursor.execute(f"CALL lake.set_option('{name}', '{value}')")


def _create_first_tables(cursor: "DuckDBPyConnection") -> None:
    step_columns = ", ".join(f"{name} {kind}" for name, kind in STEP_COLUMNS.items())
    cursor.execute(CANDLE_ROWS.format(step_columns=step_columns))
    cursor.execute(QUARANTINE)
    cursor.execute(f"CREATE TABLE lake.fills ({_column_list(FillRow)})")
    cursor.execute(f"CREATE TABLE lake.trades ({_column_list(TradeRow)})")


def _take_over_plain_candles(cursor: "DuckDBPyConnection") -> None:
    """A lake from before candles were stored in steps keeps its rows, and its snapshots too."""
    cursor.execute("DROP VIEW lake.candles_latest")
    cursor.execute("ALTER TABLE lake.candles RENAME TO candle_rows")
    for name in ("open", "high", "low", "close", "volume"):
        cursor.execute(f"ALTER TABLE lake.candle_rows ALTER COLUMN {name} DROP NOT NULL")
    for name, kind in STEP_COLUMNS.items():
        cursor.execute(f"ALTER TABLE lake.candle_rows ADD COLUMN {name} {kind}")


def _take_over_bare_quarantine(cursor: "DuckDBPyConnection") -> None:
    """Rows from before the quarantine held timeframes and texts stay, without either."""
    if "raw" in _column_names(cursor, "candle_quarantine"):
        return
    for change in (
        "ADD COLUMN timeframe_us BIGINT",
        "ADD COLUMN raw VARCHAR",
        "ALTER COLUMN ts_us DROP NOT NULL",
    ):
        cursor.execute(f"ALTER TABLE lake.candle_quarantine {change}")


def _add_venues(cursor: "DuckDBPyConnection") -> bool:
    """Whether series had none: own and simulated candles part, older snapshots keep them as one."""
    bare = [
        table
        for table in ("candle_rows", "candle_quarantine", "ingests")
        if "venue" not in _column_names(cursor, table)
    ]
    for table in bare:
        cursor.execute(f"ALTER TABLE lake.{table} ADD COLUMN venue VARCHAR")
    return bool(bare)


def _column_names(cursor: "DuckDBPyConnection", table: str) -> set[str]:
    return {name for name, *_ in cursor.execute(f"DESCRIBE lake.{table}").fetchall()}


def _column_list(row_type: type[msgspec.Struct]) -> str:
    fields: Any = msgspec.structs.fields(row_type)
    return ", ".join(f"{field.name} {SQL_TYPES[field.type]} NOT NULL" for field in fields)


def quote(text: str) -> str:
    """The text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
