"""A series belongs to its venue: own, simulated and real candles never meet."""

from pathlib import Path

import numpy as np
from msgspec.structs import replace

from nija_adapters.lake.lake import Lake
from nija_domain.market.candles import CandleHistory
from nija_domain.market.quality.delivery import Delivery
from nija_domain.market.quality.examination import BrokenRow
from tests.fakes.lake_pages import BAR_US, PAGE, PAGE_BARS, START_US, whole

OTHER = {**PAGE, "venue": "simulated", "source": "http://127.0.0.1:1"}
MAIN_TABLES = {"candle_rows", "candle_quarantine", "fills", "trades", "ingests", "instruments"}


def _read(lake: Lake, venue: str, snapshot: int | None = None) -> list[float]:
    found = lake.read_candles(
        ["A/USD"],
        venue=venue,
        timeframe_us=BAR_US,
        snapshot=lake.snapshot() if snapshot is None else snapshot,
    )
    return found["A/USD"].close.tolist()


def _dearer(history: CandleHistory) -> CandleHistory:
    names = ("open", "high", "low", "close")
    return replace(history, **{name: getattr(history, name) * 2.0 for name in names})


def test_the_same_bars_of_two_venues_lie_side_by_side(tmp_path: Path) -> None:
    """Neither is read, revised or continued where the other is asked for."""
    own = whole("A/USD", pages=2)
    simulated = _dearer(own.cut(PAGE_BARS))
    with Lake(tmp_path) as lake:
        lake.append_candles([own], **PAGE)
        (first,) = lake.ingest([Delivery(simulated, ())], **OTHER)
        lake.append_candles([own.cut(PAGE_BARS)], **OTHER)
        newest_us = lake.latest_candle_us("A/USD", venue="simulated", timeframe_us=BAR_US)

        assert (first.written, first.restated) == (PAGE_BARS, 0)
        assert _read(lake, "walk") == own.close.tolist()
        assert _read(lake, "simulated") == own.close[:PAGE_BARS].tolist()
        assert _read(lake, "kraken") == []
        assert newest_us == own.ts_us[PAGE_BARS - 1]
        assert [(r.venue, r.rows, r.restated) for r in lake.status().reaches] == [
            ("simulated", 2 * PAGE_BARS, PAGE_BARS),
            ("walk", 2 * PAGE_BARS, 0),
        ]


def test_a_lake_of_before_parts_its_series(tmp_path: Path) -> None:
    """Files are `imported`, a local address is `simulated`; an old snapshot reads as it did."""
    own, late = whole("A/USD", pages=2), {**PAGE, "known_at_us": PAGE["known_at_us"] + 1}
    with Lake(tmp_path) as lake:
        lake.append_candles([own.cut(PAGE_BARS)], **{**PAGE, "source": "file:a.csv"})
        lake.append_candles(
            [own.between(PAGE_BARS, 2 * PAGE_BARS)], **{**late, "source": OTHER["source"]}
        )
        _forget_venues(lake)
        before = lake.snapshot()
    with Lake(tmp_path) as lake:
        assert _read(lake, "imported") == own.close[:PAGE_BARS].tolist()
        assert _read(lake, "simulated") == own.close[PAGE_BARS:].tolist()
        assert _read(lake, "simulated", before) == own.close.tolist()
        assert {i.venue for i in lake.status().last_ingests} == {"imported", "simulated"}
        assert lake.append_candles([own.cut(PAGE_BARS)], **{**PAGE, "venue": "imported"}) == 0


def _forget_venues(lake: Lake) -> None:
    """The tables and views as they were before series had venues."""

    def change(cursor: object) -> None:
        for view in ("candles_latest", "candles"):
            cursor.execute(f"DROP VIEW lake.{view}")
        for table in ("candle_rows", "candle_quarantine", "ingests"):
            cursor.execute(f"ALTER TABLE lake.{table} DROP COLUMN venue")
        cursor.execute(
            "CREATE VIEW lake.candles AS SELECT symbol, timeframe_us, ts_us, revision,"
            " coalesce(open, open_ticks / price_scale) AS open,"
            " coalesce(high, high_ticks / price_scale) AS high,"
            " coalesce(low, low_ticks / price_scale) AS low,"
            " coalesce(close, close_ticks / price_scale) AS close,"
            " coalesce(volume, volume_lots / volume_scale) AS volume,"
            " source, known_at_us FROM candle_rows"
        )
        cursor.execute("CREATE VIEW lake.candles_latest AS FROM candles")

    lake._catalogue.write(change)


def test_a_forgotten_series_is_gone_and_its_snapshot_is_not(tmp_path: Path) -> None:
    """With what was set aside; another venue's, another symbol's and a snapshot's rows stay."""
    own = whole("A/USD", pages=1)
    broken = BrokenRow(ts_us=START_US, bar=own.candle(0).bar, rule="range", reason="odd", raw=None)
    with Lake(tmp_path) as lake:
        lake.ingest([Delivery(own, (broken,)), Delivery(whole("B/USD", pages=1), ())], **PAGE)
        lake.append_candles([own], **OTHER)
        before = lake.snapshot()
        gone = lake.forget_candles("A/USD", venue="walk", timeframe_us=BAR_US)
        left = [(r.venue, r.symbol) for r in lake.status().reaches]

        assert gone == PAGE_BARS + 1
        assert _read(lake, "walk") == []
        assert lake.status().quarantine == ()
        assert left == [("simulated", "A/USD"), ("walk", "B/USD")]
        assert np.array_equal(_read(lake, "walk", before), own.close)
        assert lake.append_candles([own], **PAGE) == PAGE_BARS


def test_the_status_counts_the_tables_of_the_warehouse(tmp_path: Path) -> None:
    """They stand in schemas of their own, and are told with their schema."""
    with Lake(tmp_path) as lake:

        def build(cursor: object) -> None:
            cursor.execute("CREATE SCHEMA lake.warehouse")
            cursor.execute("CREATE TABLE lake.warehouse.candles_1d AS SELECT 1 AS bar")
            cursor.execute("CREATE VIEW lake.warehouse.days AS FROM lake.warehouse.candles_1d")

        lake._catalogue.write(build)
        rows = {table.name: table.rows for table in lake.status().tables}

    assert set(rows) == MAIN_TABLES | {"warehouse.candles_1d"}
    assert rows["warehouse.candles_1d"] == 1
