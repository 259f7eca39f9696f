"""Public candles of any exchange that ccxt knows; no key, no orders."""

import math
from collections.abc import Sequence
from typing import Any

from nija_adapters.exchange.lanes import Lane
from nija_adapters.exchange.loading import load_exchange_class
from nija_adapters.exchange.outcomes import failed_read
from nija_adapters.exchange.settings import ExchangeSettings
from nija_domain.errors import NijaError, SettingsInvalid, VenueRefused
from nija_domain.market.candles import Candle, CandleHistory, history_of
from nija_domain.market.quality.stamps import EARLIEST_US
from nija_domain.market.timeframes import YEAR_US, format_timeframe, is_bar_closed

ROWS_A_PAGE = 1_000
WINDOW_BARS = 100
"""No exchange that answers by windows of time answers by shorter ones."""

US_A_MS = 1_000
MS_A_SECOND = 1_000
WIDTH = 4
LATEST_US = 100 * YEAR_US
ROW_CELLS = 6
NO_TIME_US = -1
STAMP_US_MAX = 1 << 63
RawRow = Sequence[Any] | None


class UnifiedMarket:
    """One exchange; all symbols share its rate limit, or a lower one from the settings."""

    def __init__(self, name: str, settings: ExchangeSettings) -> None:
        self._name = name
        self._client = load_exchange_class(name)(
            {"timeout": settings.timeout_ms, "enableRateLimit": False}
        )
        if settings.api_url is not None:
            self._client.urls["api"] = dict.fromkeys(self._client.urls["api"], settings.api_url)
            self._client.timeout_on_exit = 0
        own_per_second = MS_A_SECOND / max(1.0, float(self._client.rateLimit))
        is_real = settings.api_url is None
        self.requests_per_second = min(
            settings.public_per_second, own_per_second if is_real else float("inf")
        )
        self._lane = Lane(per_second=self.requests_per_second, width=WIDTH)
        self._markets: dict[str, Any] | None = None

    async def fetch_time_us(self) -> int:
        """The exchange's clock; this machine's if the exchange has none."""
        if not self._client.has.get("fetchTime"):
            return int(self._client.milliseconds()) * US_A_MS
        return int(await self._ask("fetch_time")) * US_A_MS

    async def fetch_candles(
        self, symbol: str, *, timeframe_us: int, since_us: int, now_us: int
    ) -> list[Candle]:
        """The candles since `since_us` as sent, without the bar that is still open."""
        return [
            candle
            for candle in await self._pages(symbol, timeframe_us, since_us, now_us)
            if candle.ts_us >= now_us
            or is_bar_closed(candle.ts_us, timeframe_us=timeframe_us, now_us=now_us)
        ]

    async def fetch_history(
        self, symbol: str, *, timeframe_us: int, from_us: int, until_us: int
    ) -> CandleHistory:
        """The candles of a time span as sent."""
        return history_of(symbol, await self._pages(symbol, timeframe_us, from_us, until_us))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _pages(
        self, symbol: str, timeframe_us: int, since_us: int, until_us: int
    ) -> list[Candle]:
        """Every candle as sent: if two have the same time, the quality rules choose.

        Candles that an earlier page already had are left out, since pages of some exchanges
        overlap. A window without candles may be a halt: a later window shows what comes after it.
        """
        frame = await self._frame(symbol, timeframe_us)
        window_bars = WINDOW_BARS
        candles: list[Candle] = []
        known: set[Candle] = set()
        next_us = since_us
        while next_us < until_us:
            rows = await self._ask("fetch_ohlcv", symbol, frame, next_us // US_A_MS, ROWS_A_PAGE)
            page = [_candle(symbol, row) for row in rows]
            candles += [candle for candle in page if candle not in known]
            known.update(page)
            opens_us = {c.ts_us for c in page if next_us <= c.ts_us < LATEST_US}
            inside_us = {ts_us for ts_us in opens_us if ts_us < until_us}
            window_bars = max(window_bars, len(inside_us))
            if inside_us:
                next_us = max(inside_us) + timeframe_us
            elif opens_us:  # who answers with the first bars that there are has none before them
                break
            else:
                next_us += window_bars * timeframe_us
        return [candle for candle in candles if _is_available(candle.ts_us, since_us, until_us)]

    async def _frame(self, symbol: str, timeframe_us: int) -> str:
        """The length of a bar in the exchange's words, if it tells such bars of such a pair."""
        if self._markets is None:
            self._markets = await self._ask("load_markets")
        if symbol not in self._markets:
            raise VenueRefused(f"{self._name} lists no {symbol}: it will not be traded")
        frame = format_timeframe(timeframe_us)
        frames = self._client.timeframes or {}
        if frame not in frames:
            raise SettingsInvalid(
                f"{self._name} tells no bars of {frame}; it tells {', '.join(frames) or 'none'}"
            )
        return frame

    async def _ask(self, method: str, *arguments: object) -> Any:  # noqa: ANN401 - as ccxt gives it
        async with self._lane.turn(urgent=False):
            try:
                return await getattr(self._client, method)(*arguments)
            except NijaError:
                raise
            except Exception as error:
                raise failed_read(error, method=f"{self._name} {method}") from error


def _is_available(ts_us: int, since_us: int, until_us: int) -> bool:
    """A stamp in another unit lies far outside; what it means is for the contract to tell."""
    return since_us <= ts_us < until_us or not EARLIEST_US <= ts_us < LATEST_US


def _candle(symbol: str, row: RawRow) -> Candle:
    """As far as the row can be read: what is no number or no time is left to the contract."""
    cells = list(row) if isinstance(row, Sequence) else []
    stamp, *numbers = [*cells, *[None] * ROW_CELLS][:ROW_CELLS]
    return Candle(symbol, _stamp_us(stamp), *map(_number, numbers))


def _stamp_us(stamp: object) -> int:
    try:
        ts_us = int(stamp) * US_A_MS  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        return NO_TIME_US
    return ts_us if abs(ts_us) < STAMP_US_MAX else NO_TIME_US


def _number(cell: object) -> float:
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan
