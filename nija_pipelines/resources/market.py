"""What the venue tells everybody."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import dagster as dg

from nija_domain.errors import VenueRefused
from nija_domain.market.candles import Candle, CandleHistory, history_of
from nija_domain.market.instruments import Instrument
from nija_pipelines.settings import PipelineSettings

if TYPE_CHECKING:
    from nija_adapters.exchange.kraken import KrakenExchange


class Market(dg.ConfigurableResource):
    """Public data of the venue; no key is needed and none is used."""

    def fetch_histories(
        self, settings: PipelineSettings, since_us: dict[str, int]
    ) -> tuple[list[CandleHistory], int]:
        """Closed candles of each symbol from its own start on, and the venue's time."""
        return asyncio.run(_fetch_histories(settings, since_us))

    def fetch_instruments(self, settings: PipelineSettings) -> tuple[Instrument, ...]:
        return asyncio.run(_fetch_instruments(settings))


@asynccontextmanager
async def _exchange(settings: PipelineSettings) -> AsyncIterator["KrakenExchange"]:
    from nija_adapters.exchange.kraken import KrakenExchange
    from nija_adapters.exchange.settings import ExchangeSettings

    exchange = KrakenExchange(
        ExchangeSettings(
            api_url=settings.venue_url,
            timeout_ms=settings.venue_timeout_ms,
            public_per_second=settings.requests_per_second_max,
        )
    )
    try:
        yield exchange
    finally:
        await exchange.close()


async def _fetch_histories(
    settings: PipelineSettings, since_us: dict[str, int]
) -> tuple[list[CandleHistory], int]:
    async with _exchange(settings) as exchange:
        now_us = await exchange.fetch_time_us()
        pages = await asyncio.gather(
            *(
                exchange.fetch_candles(
                    symbol, timeframe_us=settings.timeframe_us, since_us=start, now_us=now_us
                )
                for symbol, start in since_us.items()
            ),
            return_exceptions=True,
        )
    return list(_answered(dict(zip(since_us, pages, strict=True)))), now_us


def _answered(pages: Mapping[str, list[Candle] | BaseException]) -> Iterator[CandleHistory]:
    """A symbol that the venue lists no longer is passed over; any other failure is everybody's."""
    for symbol, page in pages.items():
        if isinstance(page, BaseException):
            if not isinstance(page, VenueRefused):
                raise page
            dg.get_dagster_logger().warning("no candles of %s: %s", symbol, page)
        else:
            yield history_of(symbol, page)


async def _fetch_instruments(settings: PipelineSettings) -> tuple[Instrument, ...]:
    async with _exchange(settings) as exchange:
        return await exchange.fetch_instruments(settings.symbols)
