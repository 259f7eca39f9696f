"""The tables of the lake, and the view that people read."""

from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from nija_domain.learning.feedback import FillRow, TradeRow

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SQL_TYPES: MappingProxyType[type, str] = MappingProxyType(
    {int: "BIGINT", str: "VARCHAR", Decimal: "DECIMAL(38, 18)"}
)

CANDLES = """
CREATE TABLE lake.candles (
    symbol VARCHAR NOT NULL,
    timeframe_us BIGINT NOT NULL,
    ts_us BIGINT NOT NULL,
    revision INTEGER NOT NULL,
    open DOUBLE NOT NULL,
    high DOUBLE NOT NULL,
    low DOUBLE NOT NULL,
    close DOUBLE NOT NULL,
    volume DOUBLE NOT NULL,
    source VARCHAR NOT NULL,
    known_at_us BIGINT NOT NULL
)
"""

QUARANTINE = """
CREATE TABLE lake.candle_quarantine (
    symbol VARCHAR NOT NULL,
    ts_us BIGINT NOT NULL,
    open DOUBLE,
    high DOUBLE,
    low DOUBLE,
    close DOUBLE,
    volume DOUBLE,
    rule VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    known_at_us BIGINT NOT NULL
)
"""

# Revised candles are few: joining against those alone spares sorting the whole table.
LATEST_CANDLES = """
SELECT candle.* FROM {table} AS candle {as_of} WHERE NOT EXISTS (
    SELECT 1 FROM {table} AS later {as_of}
    WHERE later.revision > 1
    AND later.revision > candle.revision
    AND later.symbol = candle.symbol
    AND later.timeframe_us = candle.timeframe_us
    AND later.ts_us = candle.ts_us
)
"""


def create_schema(cursor: "DuckDBPyConnection") -> None:
    """Makes the tables of a lake that has none yet; an existing lake gets no new snapshot."""
    found = cursor.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = 'lake' AND table_name = 'candles'"
    ).fetchone()
    if found:
        return
    cursor.execute(CANDLES)
    cursor.execute(QUARANTINE)
    cursor.execute(f"CREATE TABLE lake.fills ({_column_list(FillRow)})")
    cursor.execute(f"CREATE TABLE lake.trades ({_column_list(TradeRow)})")
    # unqualified, so that the view holds under whatever name a person attaches the lake
    latest = LATEST_CANDLES.format(table="candles", as_of="")
    cursor.execute(f"CREATE VIEW lake.candles_latest AS {latest}")


def _column_list(row_type: type[msgspec.Struct]) -> str:
    fields: Any = msgspec.structs.fields(row_type)
    return ", ".join(f"{field.name} {SQL_TYPES[field.type]} NOT NULL" for field in fields)
