"""What each ingestion brought: the quarantine, and the log of ingestions."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from nija_adapters.lake.candles import RowCounts, append_page
from nija_adapters.lake.columns import columns_of
from nija_adapters.lake.packing import Provenance
from nija_adapters.lake.schema import VENUE_OF_ROW
from nija_domain.market.candles import Bar
from nija_domain.market.quality.delivery import Delivery

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

IDENTITY = ("venue", "symbol", "timeframe_us", "ts_us", *Bar._fields, "rule", "reason", "raw")
"""All that a broken row is, empty cells too: another one of the same time is a row of its own."""

SET_APART = f"""
INSERT INTO lake.candle_quarantine BY NAME
SELECT page.* FROM page
ANTI JOIN (SELECT * REPLACE ({VENUE_OF_ROW} AS venue) FROM lake.candle_quarantine) AS stored
ON {" AND ".join(f"page.{name} IS NOT DISTINCT FROM stored.{name}" for name in IDENTITY)}
"""  # noqa: S608 - our own names


class Ingest(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol's part of an ingestion; `quarantined` counts only rows that are new there."""

    venue: str
    source: str
    symbol: str
    timeframe_us: int
    first_us: int
    last_us: int
    written: int
    identical: int
    restated: int
    quarantined: int
    known_at_us: int

    @property
    def changed(self) -> int:
        """How many rows are new in the lake, candles or quarantined."""
        return self.written + self.restated + self.quarantined


def ingest_page(
    cursor: "DuckDBPyConnection",
    deliveries: Sequence[Delivery],
    *,
    data_folder: Path,
    provenance: Provenance,
) -> list[Ingest]:
    """Store one page per symbol; returns a count for each, logged if the lake changed."""
    histories = [delivery.clean for delivery in deliveries]
    counts = append_page(cursor, histories, data_folder=data_folder, provenance=provenance)
    ingests = [
        _describe(
            delivery,
            count,
            _quarantine(cursor, delivery, provenance=provenance),
            provenance=provenance,
        )
        for delivery, count in zip(deliveries, counts, strict=True)
    ]
    _log(cursor, [ingest for ingest in ingests if ingest.changed])
    return ingests


def _quarantine(cursor: "DuckDBPyConnection", delivery: Delivery, *, provenance: Provenance) -> int:
    """How many broken rows were set apart for the first time."""
    if not delivery.aside:
        return 0
    cursor.register("page", _broken_rows(delivery, provenance))
    inserted = cursor.execute(SET_APART).fetchall()
    cursor.unregister("page")
    return int(inserted[0][0])


def _broken_rows(delivery: Delivery, provenance: Provenance) -> "pa.Table":
    """A column each; the catalogue's texts end at a NUL byte, so it is written in letters."""
    import pyarrow as pa

    aside = delivery.aside
    numbers = {name: [getattr(row.bar, name) for row in aside] for name in Bar._fields}
    texts = {
        "rule": [row.rule for row in aside],
        "reason": [row.reason for row in aside],
        "raw": [None if row.raw is None else row.raw.replace("\0", "\\0") for row in aside],
        "symbol": [delivery.symbol] * len(aside),
        "source": [provenance.source] * len(aside),
        "venue": [provenance.venue] * len(aside),
    }
    whole = {
        "ts_us": [row.ts_us for row in aside],
        "timeframe_us": [provenance.timeframe_us] * len(aside),
        "known_at_us": [provenance.known_at_us] * len(aside),
    }
    return pa.table(
        {name: pa.array(cells, pa.int64()) for name, cells in whole.items()}
        | {name: pa.array(cells, pa.string()) for name, cells in texts.items()}
        | {
            name: pa.array(cells, pa.float64(), from_pandas=True)  # what is NaN is no number
            for name, cells in numbers.items()
        }
    )


def _describe(
    delivery: Delivery, counts: RowCounts, quarantined: int, *, provenance: Provenance
) -> Ingest:
    clean_us = delivery.clean.ts_us
    stamps_us = [row.ts_us for row in delivery.aside if row.ts_us is not None]
    stamps_us += [int(clean_us[0]), int(clean_us[-1])] if len(clean_us) else []
    return Ingest(
        venue=provenance.venue,
        source=provenance.source,
        symbol=delivery.symbol,
        timeframe_us=provenance.timeframe_us,
        first_us=min(stamps_us, default=provenance.known_at_us),
        last_us=max(stamps_us, default=provenance.known_at_us),
        written=counts.written,
        identical=counts.identical,
        restated=counts.restated,
        quarantined=quarantined,
        known_at_us=provenance.known_at_us,
    )


def _log(cursor: "DuckDBPyConnection", ingests: Sequence[Ingest]) -> None:
    if ingests:
        cursor.register("log", columns_of(ingests))
        cursor.execute("INSERT INTO lake.ingests BY NAME FROM log")
        cursor.unregister("log")
