"""Upkeep makes a lake smaller and changes nothing that anybody may still read."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nija_adapters.clock.venue_clock import wall_now_us
from nija_adapters.lake.lake import Lake
from nija_domain.errors import NijaError
from nija_domain.market.timeframes import DAY_US, HOUR_US
from tests.fakes.lake_pages import BAR_US, PAGE, PAGE_BARS, whole

PAGES = 5
SYMBOLS = ("A/USD", "B/USD")


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """Each page lies in a file of its own."""
    with Lake(tmp_path) as lake:
        for number in range(PAGES):
            start, stop = number * PAGE_BARS, (number + 1) * PAGE_BARS
            lake.append_candles(
                [whole(s, pages=PAGES).between(start, stop) for s in SYMBOLS], **PAGE
            )
        yield lake


def _closes(lake: Lake, snapshot: int) -> dict[str, list[float]]:
    histories = lake.read_candles(SYMBOLS, venue="walk", timeframe_us=BAR_US, snapshot=snapshot)
    return {symbol: history.close.tolist() for symbol, history in histories.items()}


def _files(folder: Path) -> set[str]:
    return {str(path) for path in (folder / "data").rglob("*.parquet")}


def test_merging_changes_no_snapshot(lake: Lake) -> None:
    """Many files become one, and each snapshot reads as it did before."""
    snapshots = range(2, lake.snapshot() + 1)
    before = {snapshot: _closes(lake, snapshot) for snapshot in snapshots}

    merged = lake.merge_files()

    assert (merged.files_before, merged.files_after) == (PAGES, 2)  # candles, and the log's lines
    assert {snapshot: _closes(lake, snapshot) for snapshot in snapshots} == before
    assert lake.append_candles([whole(s, pages=PAGES) for s in SYMBOLS], **PAGE) == 0


def test_expiry_spares_what_is_pinned(lake: Lake) -> None:
    """Old snapshots go, save those on the list and the newest; a young one stays whatever."""
    newest, pinned = lake.snapshot(), 4
    expected = _closes(lake, pinned)
    now_us = wall_now_us() + HOUR_US

    assert lake.expire_snapshots(keep={pinned}, before_us=now_us - 2 * HOUR_US) == []
    expired = lake.expire_snapshots(keep={pinned}, before_us=now_us)
    lake.merge_files()
    lake.remove_files(before_us=now_us + DAY_US)

    assert expired == [n for n in range(newest) if n != pinned]
    assert _closes(lake, pinned) == expected
    assert [len(closes) for closes in _closes(lake, newest).values()] == [PAGES * PAGE_BARS] * 2
    with pytest.raises(NijaError, match="snapshot 3 is not in the lake"):
        _closes(lake, 3)


def test_files_go_once_nobody_can_need_them(lake: Lake, tmp_path: Path) -> None:
    """Merged and stray files stay for a while, then go; what the lake names stays for ever."""
    stray = tmp_path / "data" / "main" / "candle_rows" / "candles-of-a-killed-writer.parquet"
    stray.write_bytes(b"half a fi")
    lake.merge_files()
    crowded, now_us = _files(tmp_path), wall_now_us()
    hour_ago_s = (now_us - HOUR_US) / 1e6
    os.utime(stray, (hour_ago_s, hour_ago_s))

    assert lake.remove_files(before_us=now_us - 2 * HOUR_US) == []
    assert _files(tmp_path) == crowded
    assert set(lake.remove_files(before_us=now_us - HOUR_US // 2)) == {str(stray)}
    removed = lake.remove_files(before_us=now_us + DAY_US)

    assert len(removed) == PAGES
    assert _files(tmp_path) == crowded - {str(stray), *removed}
    assert _closes(lake, lake.snapshot())["A/USD"] == whole("A/USD", pages=PAGES).close.tolist()


def test_status_counts_what_is_there(lake: Lake) -> None:
    """Tables, reaches and the last ingests, as they were fed."""
    status = lake.status()
    tables = {table.name: table for table in status.tables}

    assert tables["candle_rows"].rows == 2 * PAGES * PAGE_BARS
    assert tables["candle_rows"].files == PAGES
    assert tables["ingests"].rows == 2 * PAGES
    assert status.newest_snapshot == lake.snapshot()
    reach = status.reaches[1]
    history = whole("B/USD", pages=PAGES)
    assert (reach.symbol, reach.rows, reach.restated) == ("B/USD", len(history), 0)
    assert (reach.oldest_us, reach.newest_us) == (history.ts_us[0], history.ts_us[-1])
    assert {ingest.written for ingest in status.last_ingests} == {PAGE_BARS}
    assert status.quarantine == ()
