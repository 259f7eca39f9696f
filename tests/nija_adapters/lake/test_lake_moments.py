"""A transaction sees the lake as it was at one moment, whatever others commit meanwhile."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from nija_adapters.clock.venue_clock import wall_now_us
from nija_adapters.lake.lake import Lake
from nija_domain.market.timeframes import DAY_US
from tests.fakes.lake_pages import PAGE, PAGE_BARS, whole

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SYMBOLS = ("A/USD", "B/USD")
PAGES = 3

LOOK = """
SELECT
    (SELECT count(close) FROM lake.candles_latest WHERE symbol = 'A/USD'),
    (SELECT count(*) FROM lake.candle_rows),
    (SELECT max(revision) FROM lake.candle_rows),
    (SELECT sum(written) FROM lake.ingests),
    (SELECT count(*) FROM lake.ingests)
"""


def _restate(lake: Lake) -> None:
    found = [whole(symbol, pages=PAGES) for symbol in SYMBOLS]
    again = [msgspec.structs.replace(history, volume=2.0 * history.volume) for history in found]
    lake.append_candles(again, **PAGE)


def _delete(lake: Lake) -> None:
    lake._catalogue.write(lambda cursor: cursor.execute("DELETE FROM lake.candle_rows"))
    lake._catalogue.write(lambda cursor: cursor.execute("DELETE FROM lake.ingests"))


def _spend_a_night(lake: Lake) -> None:
    lake.merge_files()
    lake.expire_snapshots(keep=(), before_us=wall_now_us() + DAY_US)
    lake.remove_files(before_us=wall_now_us() - DAY_US)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """Each page lies in a file of its own; what was ingested waits for one in the catalogue."""
    with Lake(tmp_path) as lake:
        for number in range(PAGES):
            start, stop = number * PAGE_BARS, (number + 1) * PAGE_BARS
            found = [whole(symbol, pages=PAGES).between(start, stop) for symbol in SYMBOLS]
            lake.append_candles(found, **PAGE)
        yield lake


@pytest.mark.parametrize("change", [Lake.merge_files, _restate, _delete, _spend_a_night])
def test_a_transaction_sees_one_moment(
    lake: Lake, tmp_path: Path, change: Callable[[Lake], object]
) -> None:
    """Not a row comes or goes between its start and its look."""
    rows = len(SYMBOLS) * PAGES * PAGE_BARS
    expected = (rows // 2, rows, 1, rows, len(SYMBOLS) * PAGES)
    with Lake(tmp_path) as other:

        def look_late(cursor: "DuckDBPyConnection") -> object:
            cursor.execute("BEGIN")
            cursor.execute("FROM lake.current_snapshot()").fetchall()
            change(other)
            return cursor.execute(LOOK).fetchone()

        assert lake._catalogue.read(look_late) == expected
