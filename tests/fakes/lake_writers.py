"""A process that appends pages of candles to a lake until it has done so many."""

import sys
from pathlib import Path

import msgspec

from nija_adapters.lake.lake import Lake
from nija_domain.market.candles import CandleHistory
from nija_domain.market.timeframes import YEAR_US
from tests.fakes.candle_walks import BAR_US, random_walk

START_US = 50 * YEAR_US
PAGE_BARS = 40
PAGE = {"timeframe_us": BAR_US, "source": "walk", "known_at_us": START_US + YEAR_US}


def whole(symbol: str, *, pages: int) -> CandleHistory:
    history = random_walk(bars=pages * PAGE_BARS, seed=1, symbol=symbol)
    return msgspec.structs.replace(history, ts_us=history.ts_us + START_US)


def append_pages(folder: Path, symbols: list[str], *, pages: int) -> None:
    """Every page of every symbol in one transaction, told on stdout once it is committed."""
    histories = [whole(symbol, pages=pages) for symbol in symbols]
    with Lake(folder) as lake:
        print("ready", flush=True)  # noqa: T201 - the parent waits for it
        for page in range(pages):
            start, stop = page * PAGE_BARS, (page + 1) * PAGE_BARS
            lake.append_candles([history.between(start, stop) for history in histories], **PAGE)
            print(page, flush=True)  # noqa: T201 - the parent counts what was promised


if __name__ == "__main__":
    append_pages(Path(sys.argv[1]), sys.argv[3:], pages=int(sys.argv[2]))
