"""An exchange in ccxt's unified words that answers what it is given, whatever is wrong with it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from nija_adapters.exchange.settings import ExchangeSettings
from nija_adapters.exchange.unified import UnifiedMarket
from nija_domain.market.timeframes import MINUTE_US

US_A_MS = 1_000
MINUTE_MS = MINUTE_US // US_A_MS
Row = list[Any]


def rows_until(now_us: int, *, count: int) -> list[Row]:
    """So many minutes before now, quiet and each with a volume of its own."""
    first_ms = now_us // US_A_MS - count * MINUTE_MS
    return [[first_ms + n * MINUTE_MS, 100.0, 101.0, 99.0, 100.0, float(n)] for n in range(count)]


class AnsweringExchange:
    """From `since` on as many rows as are asked for, or those in a `window` of so many bars."""

    def __init__(
        self, rows: Mapping[str, Sequence[Any]], *, window: int | None = None, now_us: int = 0
    ) -> None:
        self.timeframes = {"1m": "1m"}
        self.has = {"fetchTime": True}
        self.rows = {symbol: list(found) for symbol, found in rows.items()}
        self.window = window
        self.now_us = now_us
        self.asked = 0

    async def load_markets(self) -> dict[str, Any]:
        return {symbol: {} for symbol in self.rows}

    async def fetch_time(self) -> int:
        return self.now_us // US_A_MS

    async def fetch_ohlcv(self, symbol: str, _frame: str, since_ms: int, limit: int) -> list[Any]:
        self.asked += 1
        until_ms = None if self.window is None else since_ms + self.window * MINUTE_MS
        found = [
            row
            for row in self.rows[symbol]
            if not _is_stamp(row) or _lies(row[0], since_ms, until_ms)
        ]
        return found[:limit]

    async def close(self) -> None:
        return


def _is_stamp(row: Any) -> bool:
    """Of this century in milliseconds; what is none is told with every page."""
    return bool(row) and isinstance(row[0], int) and 10**12 < row[0] < 10**13


def _lies(ts_ms: int, since_ms: int, until_ms: int | None) -> bool:
    return ts_ms >= since_ms and (until_ms is None or ts_ms < until_ms)


def market_of(exchange: AnsweringExchange) -> UnifiedMarket:
    """The real adapter, with this exchange in the place of ccxt's."""
    settings = ExchangeSettings(api_url="http://127.0.0.1:9", public_per_second=1e6)
    market = UnifiedMarket("coinbase", settings)
    asyncio.run(market.close())
    market._client = exchange
    return market
