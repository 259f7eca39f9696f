"""Processes that ingest into one lake at once, and the judge of what they leave.

Every page restates the one before where its number says so: what must lie in the lake follows
from the count of pages alone.
"""

import sys
import time
from functools import cache
from pathlib import Path

import msgspec

from nija_adapters.lake.lake import Lake
from nija_domain.market.candles import CandleHistory
from tests.fakes.lake_pages import BAR_US, PAGE, PAGE_BARS, START_US, whole

SHARED = "SHARED/USD"
PAGES_MAX = 3_000
PAGES_LEAST = 4
RESTATING = 5
PATIENCE_S = 240.0

COUNT = """
SELECT symbol, count(*), count(DISTINCT (ts_us, revision)), count(*) FILTER (revision > 1),
    max(revision)
FROM lake.candle_rows GROUP BY symbol
"""


@cache
def first_history(symbol: str) -> CandleHistory:
    return whole(symbol, pages=PAGES_MAX)


@cache
def corrected_history(symbol: str) -> CandleHistory:
    history = first_history(symbol)
    volume = history.volume.copy()
    for page in range(PAGES_MAX):
        if is_restated(page):
            volume[page * PAGE_BARS : (page + 1) * PAGE_BARS] *= 2.0
    return msgspec.structs.replace(history, volume=volume)


def is_restated(page: int) -> bool:
    return page % RESTATING == 0


def delivery(symbol: str, page: int) -> CandleHistory:
    """The page, and before it the page that it restates."""
    stop = (page + 1) * PAGE_BARS
    if page and is_restated(page - 1):
        history = first_history(symbol)
        restated = corrected_history(symbol).volume[stop - 2 * PAGE_BARS : stop - PAGE_BARS]
        volume = history.volume[stop - 2 * PAGE_BARS : stop].copy()
        volume[:PAGE_BARS] = restated
        return msgspec.structs.replace(history.between(stop - 2 * PAGE_BARS, stop), volume=volume)
    return first_history(symbol).between(stop - PAGE_BARS, stop)


def ingest_pages(folder: Path, symbol: str, *, seconds: float) -> None:
    """On from what the lake holds, some pages and until the time is over; each told once kept."""
    ends = time.monotonic() + seconds
    with Lake(folder, wait_limit_s=PATIENCE_S) as lake:
        latest = lake.latest_candle_us(symbol, venue="walk", timeframe_us=BAR_US)
        first = 0 if latest is None else ((latest - START_US) // BAR_US + 1) // PAGE_BARS
        print("ready", flush=True)  # noqa: T201 - the parent waits for it
        for page in range(first, PAGES_MAX):
            shared = first_history(SHARED).between(page * PAGE_BARS, (page + 1) * PAGE_BARS)
            lake.append_candles([delivery(symbol, page), shared], **PAGE)
            print(page, flush=True)  # noqa: T201 - the parent counts what was promised
            if time.monotonic() > ends and page - first + 1 >= PAGES_LEAST:
                return


def pages_held(lake: Lake, symbols: tuple[str, ...]) -> dict[str, int]:
    histories = lake.read_candles(
        symbols, venue="walk", timeframe_us=BAR_US, snapshot=lake.snapshot()
    )
    return {symbol: len(history) // PAGE_BARS for symbol, history in histories.items()}


def find_faults(lake: Lake, symbols: tuple[str, ...]) -> list[str]:
    """Rows that are lost, doubled or torn from the rest of their page, in the newest snapshot."""
    snapshot = lake.snapshot()
    histories = lake.read_candles(
        (*symbols, SHARED), venue="walk", timeframe_us=BAR_US, snapshot=snapshot
    )
    faults = [fault for s in symbols for fault in _find_faults(histories[s])]
    shared, longest = histories[SHARED], max(len(histories[s]) for s in symbols)
    if shared.close.tolist() != first_history(SHARED).close[:longest].tolist():
        faults.append(f"{SHARED} holds {len(shared)} rows, the longest other {longest}")
    return faults


def _find_faults(history: CandleHistory) -> list[str]:
    pages, rest = divmod(len(history), PAGE_BARS)
    expected = corrected_history(history.symbol).volume[: len(history)].copy()
    if pages and is_restated(pages - 1):
        last = slice((pages - 1) * PAGE_BARS, pages * PAGE_BARS)
        expected[last] = first_history(history.symbol).volume[last]
    faults = [f"{history.symbol} ends {rest} rows past a page"] if rest else []
    if history.close.tolist() != first_history(history.symbol).close[: len(history)].tolist():
        faults.append(f"{history.symbol} lost or doubled a row")
    elif history.volume.tolist() != expected.tolist():
        faults.append(f"{history.symbol} lost a restatement")
    return faults


def find_miscounts(lake: Lake, symbols: tuple[str, ...]) -> list[str]:
    """Stored rows that no page told, once all writers are done."""
    rows = lake._catalogue.read(lambda cursor: cursor.execute(COUNT).fetchall())
    held, faults = pages_held(lake, (*symbols, SHARED)), []
    for symbol, stored, distinct, restated, revision in rows:
        found = 0 if symbol == SHARED else sum(map(is_restated, range(held[symbol] - 1)))
        expected = (held[symbol] + found) * PAGE_BARS
        if (stored, distinct, restated) != (expected, expected, found * PAGE_BARS) or revision > 2:
            faults.append(f"{symbol}: {stored} rows, {distinct} distinct, {restated} restated")
    return faults


if __name__ == "__main__":
    ingest_pages(Path(sys.argv[1]), sys.argv[2], seconds=float(sys.argv[3]))
