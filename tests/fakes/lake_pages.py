"""Pages of candles for a lake, the same at every call."""

import msgspec

from nija_domain.market.candles import CandleHistory
from nija_domain.market.timeframes import YEAR_US
from tests.fakes.candle_walks import BAR_US, random_walk

START_US = 50 * YEAR_US
PAGE_BARS = 40
PAGE = {
    "venue": "walk",
    "timeframe_us": BAR_US,
    "source": "walk",
    "known_at_us": START_US + YEAR_US,
}


def whole(symbol: str, *, pages: int) -> CandleHistory:
    history = random_walk(bars=pages * PAGE_BARS, seed=1, symbol=symbol)
    return msgspec.structs.replace(history, ts_us=history.ts_us + START_US)
