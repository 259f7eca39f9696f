"""Candles go into the lake once, with their revisions, and come out as of any snapshot."""

import math
from collections.abc import Iterator
from pathlib import Path

import duckdb
import msgspec
import numpy as np
import pytest

from nija_adapters.lake import catalogue
from nija_adapters.lake.catalogue import _extension_path
from nija_adapters.lake.lake import Lake
from nija_domain.errors import CandlesInvalid, NijaError
from nija_domain.market.candles import Bar, Candle, CandleHistory, history_of
from nija_domain.market.quality.delivery import Delivery, deliver
from nija_domain.market.quality.examination import BrokenRow, examine_history
from nija_domain.market.quality.sheet import sheet_of
from nija_domain.market.timeframes import HOUR_US, YEAR_US
from tests.fakes.candle_walks import BAR_US, random_walk

START_US = 50 * YEAR_US
NOW_US = START_US + 2 * YEAR_US
PAGE = {"venue": "kraken", "timeframe_us": BAR_US, "source": "kraken", "known_at_us": NOW_US}


def walk(bars: int, *, seed: int = 1, symbol: str = "BTC/USD") -> CandleHistory:
    history = random_walk(bars=bars, seed=seed, symbol=symbol)
    return msgspec.structs.replace(history, ts_us=history.ts_us + START_US)


def with_volume(history: CandleHistory, row: int, volume: float) -> CandleHistory:
    volumes = history.volume.copy()
    volumes[row] = volume
    return msgspec.structs.replace(history, volume=volumes)


def candles(history: CandleHistory) -> list[Candle]:
    return [history.candle(row) for row in range(len(history))]


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with Lake(tmp_path / "lake") as lake:
        yield lake


def _read(lake: Lake, symbol: str = "BTC/USD", snapshot: int | None = None) -> CandleHistory:
    snapshot = lake.snapshot() if snapshot is None else snapshot
    return lake.read_candles([symbol], venue="kraken", timeframe_us=BAR_US, snapshot=snapshot)[
        symbol
    ]


def test_candles_come_back_to_the_bit(lake: Lake) -> None:
    """What is read is what was appended, symbol by symbol; an unknown symbol is empty."""
    pages = [walk(300), walk(200, seed=2, symbol="ETH/USD")]

    assert lake.append_candles(pages, **PAGE) == 500
    assert candles(_read(lake)) == candles(pages[0])
    assert candles(_read(lake, "ETH/USD")) == candles(pages[1])
    assert len(_read(lake, "DOGE/USD")) == 0
    assert lake.latest_candle_us("ETH/USD", venue="kraken", timeframe_us=BAR_US) == int(
        pages[1].ts_us[-1]
    )
    assert lake.latest_candle_us("ETH/USD", venue="kraken", timeframe_us=HOUR_US) is None


def test_without_a_snapshot_the_present_is_read(lake: Lake) -> None:
    """What a snapshot of this moment holds, revisions and start included."""
    lake.append_candles([walk(300)], **PAGE)
    lake.append_candles([with_volume(walk(300), 7, 5.0)], **PAGE)
    asked = {"venue": "kraken", "timeframe_us": BAR_US, "since_us": int(walk(300).ts_us[5])}
    now = lake.read_candles(["BTC/USD"], **asked)["BTC/USD"]

    assert len(now) == 295
    assert now.volume[2] == 5.0
    pinned = lake.read_candles(["BTC/USD"], snapshot=lake.snapshot(), **asked)["BTC/USD"]
    assert candles(now) == candles(pinned)


def test_a_large_lake_is_worked_on_by_all_cores(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small one by one thread: several would take longer, waiting for each other."""
    asked = "SELECT current_setting('threads')"
    lake.append_candles([walk(10)], **PAGE)
    small = lake._catalogue.read(lambda cursor: cursor.execute(asked).fetchall())
    monkeypatch.setattr(catalogue, "ROWS_OF_ONE_THREAD", 9)
    lake.close()

    assert small == [(1,)]
    large = lake._catalogue.read(lambda cursor: cursor.execute(asked).fetchall())
    assert large == duckdb.connect(":memory:").execute(asked).fetchall()


def test_the_same_page_twice_writes_nothing(lake: Lake) -> None:
    """Re-ingesting adds no row and no snapshot, and neither does opening the lake again."""
    lake.append_candles([walk(300)], **PAGE)
    snapshot = lake.snapshot()

    assert lake.append_candles([walk(300)], **PAGE) == 0
    assert lake.append_candles([walk(300).between(100, 200)], **PAGE) == 0
    lake.close()
    assert lake.snapshot() == snapshot


def test_a_changed_candle_becomes_a_revision(lake: Lake, tmp_path: Path) -> None:
    """The source's second word is a row of its own; the first stays, and the old snapshot too."""
    lake.append_candles([walk(50)], **PAGE)
    before = lake.snapshot()
    changed = with_volume(walk(50), 7, 0.125)

    assert lake.append_candles([changed], **PAGE) == 1
    assert candles(_read(lake)) == candles(changed)
    assert candles(_read(lake, snapshot=before)) == candles(walk(50))
    rows = _as_a_person(
        tmp_path,
        "SELECT revision, volume FROM candles"
        " WHERE ts_us IN (SELECT ts_us FROM candles WHERE revision = 2) ORDER BY 1",
    )
    assert rows == [(1, walk(50).volume[7]), (2, 0.125)]
    assert _as_a_person(tmp_path, "SELECT count(*) FROM candles_latest") == [(50,)]


def _as_a_person(tmp_path: Path, query: str) -> list[tuple[object, ...]]:
    """The answer in a plain DuckDB session, where the lake goes by another name."""
    with duckdb.connect() as session:
        for name in ("sqlite_scanner", "ducklake"):
            session.load_extension(str(_extension_path(name, duckdb.__version__)))
        catalogue = tmp_path / "lake" / "catalogue.sqlite"
        session.execute(f"ATTACH 'ducklake:sqlite:{catalogue}' AS pond (READ_ONLY)")
        session.execute("USE pond")
        return session.execute(query).fetchall()


def test_every_snapshot_is_the_book_of_its_time(lake: Lake) -> None:
    """After random pages and revisions, each snapshot reads as a plain dictionary says."""
    rng = np.random.default_rng(3)
    whole, book, books = walk(120), {}, {}
    for _ in range(15):
        start, stop = sorted(rng.integers(0, 121, 2).tolist())
        page = whole.between(start, stop)
        if len(page) and rng.random() < 0.5:
            page = with_volume(page, int(rng.integers(len(page))), float(rng.random()))
        fresh = {c.ts_us: c for c in candles(page) if book.get(c.ts_us) != c}
        book = {**book, **fresh}

        assert lake.append_candles([page], **PAGE) == len(fresh)
        books[lake.snapshot()] = [book[ts_us] for ts_us in sorted(book)]

    assert len(books) > 8
    for snapshot, expected in books.items():
        assert candles(_read(lake, snapshot=snapshot)) == expected


BROKEN_PAGES = {
    "row 4 of BTC/USD breaks the rule volume": with_volume(walk(10), 4, math.nan),
    "rule order": history_of("BTC/USD", candles(walk(3)) + candles(walk(1))),
    "rule duplicate": history_of("BTC/USD", candles(walk(3)) + candles(walk(3))[-1:]),
    "rule unit": msgspec.structs.replace(walk(3), ts_us=walk(3).ts_us // 1_000),
    "two histories of ETH/USD": walk(5, symbol="ETH/USD"),
}


def test_a_broken_page_is_refused_whole(lake: Lake) -> None:
    """Nothing of a page is stored when one row breaks a blocking rule."""
    for words, page in BROKEN_PAGES.items():
        with pytest.raises(CandlesInvalid, match=words):
            lake.append_candles([walk(5, symbol="ETH/USD"), page], **PAGE)

    assert len(_read(lake, "ETH/USD")) == 0


def test_an_open_candle_is_refused(lake: Lake) -> None:
    """A candle that closes after it was known cannot be stored."""
    page = walk(3)
    known_at_us = int(page.ts_us[-1]) + BAR_US

    with pytest.raises(CandlesInvalid, match=r"row 2 .* rule unclosed"):
        lake.append_candles([page], **{**PAGE, "known_at_us": known_at_us - 1})

    assert lake.append_candles([page], **{**PAGE, "known_at_us": known_at_us}) == 3


def test_bad_rows_are_set_apart_once(lake: Lake, tmp_path: Path) -> None:
    """The quarantine keeps a bad row with its reason, however often it comes again."""
    page = with_volume(with_volume(walk(10), 4, -1.0), 6, math.nan)
    found = examine_history(page, timeframe_us=BAR_US, now_us=START_US + 10 * BAR_US)
    ingests = [lake.ingest([deliver(found, sheet_of(page))], **PAGE)[0] for _ in range(2)]

    assert [(i.written, i.identical, i.quarantined) for i in ingests] == [(8, 0, 2), (0, 8, 0)]
    assert _as_a_person(
        tmp_path, "SELECT ts_us, rule, volume FROM candle_quarantine ORDER BY 1"
    ) == [
        (page.ts_us[4], "volume", -1.0),
        (page.ts_us[6], "volume", None),
    ]


def test_every_bad_row_is_kept_with_all_that_is_known(lake: Lake, tmp_path: Path) -> None:
    """Another value, text or timeframe of the same time and rule is another row; no time is none.

    A row that comes again adds nothing, whichever of its cells are empty.
    """
    seen = BrokenRow(
        ts_us=START_US,
        bar=Bar(1.0, 2.0, 0.5, math.nan, math.inf),
        rule="cells",
        reason="close is 'abc'",
        raw="1,2,0.5,abc,inf",
    )
    change = msgspec.structs.replace
    aside = [
        seen,
        change(seen, bar=Bar(1.0, 2.0, 0.5, math.nan, 3.0)),
        change(seen, raw="1,2,0.5,\0,inf"),
        change(seen, ts_us=None, raw=None),
    ]
    delivery = Delivery(walk(5).cut(0), tuple(aside))
    hourly = {**PAGE, "timeframe_us": HOUR_US}
    counts = [
        lake.ingest([delivery], **page)[0].quarantined for page in (PAGE, PAGE, hourly, hourly)
    ]

    assert counts == [4, 0, 4, 0]
    assert _as_a_person(
        tmp_path,
        "SELECT ts_us, close, volume, raw FROM candle_quarantine"
        " WHERE timeframe_us < 3600000000 ORDER BY ts_us, volume, raw",
    ) == [
        (START_US, None, 3.0, "1,2,0.5,abc,inf"),
        (START_US, None, math.inf, "1,2,0.5,\\0,inf"),
        (START_US, None, math.inf, "1,2,0.5,abc,inf"),
        (None, None, math.inf, None),
    ]
    assert {i.first_us for i in lake.status().last_ingests} == {START_US}


def test_a_lake_may_be_moved(lake: Lake, tmp_path: Path) -> None:
    """A folder that was moved opens in its new place with all its candles, and is written to."""
    whole = walk(230)
    lake.append_candles([whole.cut(200)], **PAGE)
    lake.close()
    (tmp_path / "lake").rename(tmp_path / "it's elsewhere")

    with Lake(tmp_path / "it's elsewhere") as moved:
        assert candles(_read(moved)) == candles(whole.cut(200))
        assert moved.append_candles([whole], **PAGE) == 30
        assert len(_read(moved)) == 230


def test_a_snapshot_that_is_not_there_is_refused(lake: Lake) -> None:
    """The error names the newest snapshot and how to get one."""
    with pytest.raises(NijaError, match=r"snapshot 99 is not in the lake, whose newest is 1"):
        _read(lake, snapshot=99)


def test_a_missing_extension_is_named() -> None:
    """Where DuckDB and its extensions do not match, the error says so and nothing is fetched."""
    with pytest.raises(NijaError, match=r"extension ducklake for DuckDB 0\.0\.0"):
        _extension_path("ducklake", "0.0.0")
