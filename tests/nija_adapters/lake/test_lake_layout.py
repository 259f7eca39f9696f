"""What lies in the files, and what a lake of the layout before becomes."""

from decimal import Decimal
from pathlib import Path

import duckdb
import msgspec
import numpy as np

from nija_adapters.lake.catalogue import EXTENSIONS, _extension_path
from nija_adapters.lake.lake import Lake
from nija_domain.market.candles import Bar, CandleHistory
from nija_domain.market.instruments import Instrument
from nija_domain.market.quality.delivery import Delivery, deliver_clean
from nija_domain.market.quality.examination import BrokenRow
from nija_domain.market.timeframes import HOUR_US
from tests.fakes.lake_pages import BAR_US, PAGE, START_US, whole

PLAIN_CANDLES = """
CREATE TABLE lake.candles (
    symbol VARCHAR NOT NULL, timeframe_us BIGINT NOT NULL, ts_us BIGINT NOT NULL,
    revision INTEGER NOT NULL, open DOUBLE NOT NULL, high DOUBLE NOT NULL, low DOUBLE NOT NULL,
    close DOUBLE NOT NULL, volume DOUBLE NOT NULL, source VARCHAR NOT NULL,
    known_at_us BIGINT NOT NULL
)
"""
BARE_QUARANTINE = """
CREATE TABLE lake.candle_quarantine (
    symbol VARCHAR NOT NULL, ts_us BIGINT NOT NULL, open DOUBLE, high DOUBLE, low DOUBLE,
    close DOUBLE, volume DOUBLE, rule VARCHAR NOT NULL, reason VARCHAR NOT NULL,
    source VARCHAR NOT NULL, known_at_us BIGINT NOT NULL
)
"""
BARE_ROW = """
INSERT INTO lake.candle_quarantine
VALUES ('A/USD', 7, 1, 2, 3, NULL, 5, 'range', 'as it was', 'plain', 0)
"""
INSTRUMENT = Instrument(
    symbol="BTC/USD",
    base="BTC",
    quote="USD",
    tick_size=Decimal("0.1"),
    lot_size=Decimal("0.00000001"),
    min_quantity=Decimal("0.0001"),
    min_notional=Decimal("0.5"),
    taker_fee_rate=Decimal("0.0026"),
)


def on_ticks(history: CandleHistory) -> CandleHistory:
    names = ("open", "high", "low", "close", "volume")
    return msgspec.structs.replace(
        history, **{name: np.rint(getattr(history, name) * 100.0) / 100.0 for name in names}
    )


def _numbers(history: CandleHistory) -> dict[str, bytes]:
    names = history.__struct_fields__[1:]
    return {name: np.asarray(getattr(history, name)).tobytes() for name in names}


def _read(lake: Lake, symbol: str, snapshot: int | None = None) -> CandleHistory:
    snapshot = lake.snapshot() if snapshot is None else snapshot
    return lake.read_candles([symbol], venue="walk", timeframe_us=BAR_US, snapshot=snapshot)[symbol]


def _ask(lake: Lake, question: str) -> list[tuple[object, ...]]:
    return lake._catalogue.read(lambda cursor: cursor.execute(question).fetchall())


def test_steps_and_odd_numbers_lie_side_by_side(tmp_path: Path) -> None:
    """Prices on ticks are stored as steps, a volume that is on no grid as it is; all come back."""
    stepped = on_ticks(whole("A/USD", pages=3))
    volumes = stepped.volume.copy()
    volumes[5] = 0.1 + 0.2
    odd = msgspec.structs.replace(stepped, symbol="B/USD", volume=volumes)
    with Lake(tmp_path) as lake:
        lake.append_candles([stepped, odd], **PAGE)
        kinds = _ask(
            lake,
            "SELECT symbol, any_value(price_scale), any_value(volume_scale), count(open),"
            " count(volume) FROM lake.candle_rows GROUP BY symbol ORDER BY symbol",
        )

        assert kinds == [("A/USD", 100.0, 100.0, 0, 0), ("B/USD", 100.0, None, 0, len(odd))]
        assert _numbers(_read(lake, "A/USD")) == _numbers(stepped)
        assert _numbers(_read(lake, "B/USD")) == _numbers(odd)


def test_a_page_opens_only_the_files_in_its_reach(tmp_path: Path) -> None:
    """Whether a new page changes anything stored is asked of none, a page within one of one."""
    history = on_ticks(whole("A/USD", pages=20))
    with Lake(tmp_path) as lake:
        for page in range(20):
            lake.append_candles([history.between(page * 40, page * 40 + 40)], **PAGE)
        found = [
            _ask(
                lake,
                "EXPLAIN ANALYZE FROM lake.candle_rows SELECT count(*)"
                f" WHERE symbol BETWEEN 'A/USD' AND 'A/USD' AND ts_us BETWEEN {first} AND {last}",
            )[0][1]
            for first, last in (
                (int(history.ts_us[-1]) + BAR_US, int(history.ts_us[-1]) + 9 * BAR_US),
                (int(history.ts_us[100]), int(history.ts_us[110])),
            )
        ]

    assert "Total Files Read: 1 " in str(found[1])
    assert "Files Read" not in str(found[0])


def _make_plain_lake(folder: Path, history: CandleHistory) -> None:
    """A lake as it was written before candles were stored in steps."""
    folder.mkdir()
    with duckdb.connect() as session:
        for name in EXTENSIONS:
            session.load_extension(str(_extension_path(name, duckdb.__version__)))
        session.execute(
            f"ATTACH 'ducklake:sqlite:{folder}/catalogue.sqlite' AS lake"
            f" (DATA_PATH '{folder}/data', META_JOURNAL_MODE 'WAL')"
        )
        for statement in (
            PLAIN_CANDLES,
            BARE_QUARANTINE,
            BARE_ROW,
            "CREATE VIEW lake.candles_latest AS FROM candles",
        ):
            session.execute(statement)
        columns = {name: getattr(history, name) for name in history.__struct_fields__[1:]}
        session.register("page", columns)
        session.execute(
            f"INSERT INTO lake.candles SELECT 'A/USD', {BAR_US}, ts_us, 1,"  # noqa: S608
            " open, high, low, close, volume, 'walk', 0 FROM page"
        )


def test_a_plain_lake_is_taken_over(tmp_path: Path) -> None:
    """Its rows, its snapshots and its folder stay; what comes now is compared with them."""
    history = on_ticks(whole("A/USD", pages=4))
    _make_plain_lake(tmp_path / "lake", history.cut(120))
    with Lake(tmp_path / "lake") as lake:
        before = lake.snapshot() - 1

        assert lake.append_candles([history], **PAGE) == 40
        assert _numbers(_read(lake, "A/USD")) == _numbers(history)
        assert _numbers(_read(lake, "A/USD", before)) == _numbers(history.cut(120))
        assert _ask(
            lake,
            "SELECT ts_us, close, volume, reason, timeframe_us, raw FROM lake.candle_quarantine",
        ) == [(7, None, 5.0, "as it was", None, None)]
    (tmp_path / "lake").rename(tmp_path / "moved")
    with Lake(tmp_path / "moved") as moved:
        assert _numbers(_read(moved, "A/USD")) == _numbers(history)


def test_a_bare_quarantine_is_taken_over(tmp_path: Path) -> None:
    """A lake of before keeps the rows it set aside, and takes one whose time nobody knows."""
    timeless = BrokenRow(
        ts_us=None, bar=Bar(1.0, 2.0, 1.0, 1.5, 0.0), rule="cells", reason="odd", raw="x,1"
    )
    delivery = Delivery(whole("A/USD", pages=1).cut(0), (timeless,))
    with Lake(tmp_path / "lake") as lake:
        lake.append_candles([whole("A/USD", pages=1)], **PAGE)
        _make_quarantine_bare(lake)
    for added in (1, 0):
        with Lake(tmp_path / "lake") as lake:
            assert lake.ingest([delivery], **PAGE)[0].quarantined == added
            snapshot = lake.snapshot()
    with Lake(tmp_path / "lake") as lake:
        assert lake.snapshot() == snapshot
        assert _ask(
            lake,
            "SELECT ts_us, timeframe_us, rule, raw, open FROM lake.candle_quarantine"
            " ORDER BY ts_us",
        ) == [(7, None, "range", None, 1.0), (None, BAR_US, "cells", "x,1", 1.0)]


def _make_quarantine_bare(lake: Lake) -> None:
    def change(cursor: duckdb.DuckDBPyConnection) -> None:
        cursor.execute("DROP TABLE lake.candle_quarantine")
        cursor.execute(BARE_QUARANTINE)
        cursor.execute(BARE_ROW)

    lake._catalogue.write(change)


def test_the_log_tells_new_from_restated(tmp_path: Path) -> None:
    """A page that overlaps, restates and extends is counted by what became of its rows."""
    history = whole("A/USD", pages=2)
    closes = history.close.copy()
    closes[10] = history.low[10]
    restated = msgspec.structs.replace(history, close=closes)
    with Lake(tmp_path) as lake:
        lake.append_candles([history.cut(50)], **PAGE)
        lake.append_candles([restated], **PAGE)
        last = max(lake.status().last_ingests, key=lambda ingest: ingest.last_us)

    assert (last.written, last.identical, last.restated) == (30, 49, 1)
    assert (last.first_us, last.last_us) == (START_US, int(history.ts_us[-1]))
    assert last.source == PAGE["source"]


def test_a_refused_delivery_leaves_no_trace(tmp_path: Path) -> None:
    """A line for it, with nothing in it; no snapshot, no file."""
    with Lake(tmp_path) as lake:
        before = lake.snapshot()
        (refused,) = lake.ingest([deliver_clean(whole("A/USD", pages=1).cut(0))], **PAGE)

        assert refused.changed == 0
        assert lake.snapshot() == before
        assert lake.status().last_ingests == ()


def test_instruments_are_kept_as_of_a_time(tmp_path: Path) -> None:
    """Saying the same adds nothing; a changed fee is a row of its own, the old one stays true."""
    dearer = msgspec.structs.replace(INSTRUMENT, taker_fee_rate=Decimal("0.004"))
    with Lake(tmp_path) as lake:
        added = [
            lake.append_instruments([found], source="venue", known_at_us=hour * HOUR_US)
            for hour, found in enumerate([INSTRUMENT, INSTRUMENT, dearer])
        ]

        assert added == [1, 0, 1]
        assert lake.read_instruments(source="venue", at_us=HOUR_US) == [INSTRUMENT]
        assert lake.read_instruments(source="venue", at_us=2 * HOUR_US) == [dearer]
        assert lake.read_instruments(source="another", at_us=2 * HOUR_US) == []
