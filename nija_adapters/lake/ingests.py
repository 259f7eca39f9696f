"""What each ingestion brought, row by row set apart or counted: the quarantine and the log."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from nija_adapters.lake.candles import COLUMNS, Counts, append_page
from nija_adapters.lake.columns import columns_of
from nija_adapters.lake.packing import Provenance
from nija_domain.market.quality.delivery import Delivery

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SET_APART = """
INSERT INTO lake.candle_quarantine
FROM page ANTI JOIN lake.candle_quarantine AS stored
ON (stored.symbol, stored.ts_us, stored.rule, stored.reason)
 = (page.symbol, page.ts_us, page.rule, page.reason)
"""


class Ingest(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol's part of an ingestion; `quarantined` counts rows set aside for the first time."""

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
        """Rows that the lake did not hold before, candles or quarantined."""
        return self.written + self.restated + self.quarantined


def ingest_page(
    cursor: "DuckDBPyConnection",
    deliveries: Sequence[Delivery],
    *,
    data_folder: Path,
    provenance: Provenance,
) -> list[Ingest]:
    """A line for each delivery, logged where it changed the lake."""
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
    if not delivery.problems:
        return 0
    rows = [problem.row for problem in delivery.problems]
    page = {
        "symbol": np.full(len(rows), delivery.symbol),
        **{name: getattr(delivery.aside, name)[rows] for name in COLUMNS},
        "rule": np.array([problem.rule for problem in delivery.problems]),
        "reason": np.array([problem.text for problem in delivery.problems]),
        "source": np.full(len(rows), provenance.source),
        "known_at_us": np.full(len(rows), provenance.known_at_us),
    }
    cursor.register("page", page)
    inserted = cursor.execute(SET_APART).fetchall()
    cursor.unregister("page")
    return int(inserted[0][0])


def _describe(
    delivery: Delivery, counts: Counts, quarantined: int, *, provenance: Provenance
) -> Ingest:
    stamps_us = np.concatenate([delivery.clean.ts_us, delivery.aside.ts_us])
    return Ingest(
        source=provenance.source,
        symbol=delivery.symbol,
        timeframe_us=provenance.timeframe_us,
        first_us=int(stamps_us.min(initial=provenance.known_at_us)),
        last_us=int(stamps_us.max(initial=0)),
        written=counts.written,
        identical=counts.identical,
        restated=counts.restated,
        quarantined=quarantined,
        known_at_us=provenance.known_at_us,
    )


def _log(cursor: "DuckDBPyConnection", ingests: Sequence[Ingest]) -> None:
    if ingests:
        cursor.register("log", columns_of(ingests))
        cursor.execute("INSERT INTO lake.ingests FROM log")
        cursor.unregister("log")
