"""What the venue tells everybody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import dagster as dg

from nija_domain.market.instruments import Instrument
from nija_pipelines.ingestion import CandleStore, Ingested, IngestPlan, ingest_symbols
from nija_pipelines.settings import PipelineSettings

if TYPE_CHECKING:
    from nija_adapters.exchange.kraken import KrakenExchange


class Market(dg.ConfigurableResource):
    """Public data of the venue; no key is needed and none is used."""

    def ingest(
        self, settings: PipelineSettings, plan: IngestPlan, store: CandleStore
    ) -> tuple[list[Ingested], int]:
        """What became of each symbol, and the venue's time."""
        return asyncio.run(_ingest(settings, plan, store))

    def fetch_instruments(self, settings: PipelineSettings) -> tuple[tuple[Instrument, ...], int]:
        """What the venue lists, and its time."""
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


async def _ingest(
    settings: PipelineSettings, plan: IngestPlan, store: CandleStore
) -> tuple[list[Ingested], int]:
    async with _exchange(settings) as exchange:
        return await ingest_symbols(plan, exchange, store, tell=lambda _: None)


async def _fetch_instruments(
    settings: PipelineSettings,
) -> tuple[tuple[Instrument, ...], int]:
    async with _exchange(settings) as exchange:
        now_us = await exchange.fetch_time_us()
        return await exchange.fetch_instruments(settings.symbols), now_us
