"""What the venue tells everybody."""

import asyncio
from typing import TYPE_CHECKING

import dagster as dg

from nija_domain.market.instruments import Instrument
from nija_pipelines.ingestion.fetching import ingest_symbols
from nija_pipelines.ingestion.plan import Ingested, IngestPlan
from nija_pipelines.ingestion.ports import CandleStore
from nija_pipelines.settings import PipelineSettings

if TYPE_CHECKING:
    from nija_adapters.exchange.settings import ExchangeSettings


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


def _exchange_settings(settings: PipelineSettings, *, is_venue: bool) -> "ExchangeSettings":
    from nija_adapters.exchange.settings import ExchangeSettings

    return ExchangeSettings(
        api_url=settings.venue_url if is_venue else None,
        timeout_ms=settings.venue_timeout_ms,
        public_per_second=settings.requests_per_second_max,
    )


async def _ingest(
    settings: PipelineSettings, plan: IngestPlan, store: CandleStore
) -> tuple[list[Ingested], int]:
    from nija_adapters.exchange.market import KRAKEN, open_market

    reach = _exchange_settings(settings, is_venue=not settings.exchange)
    async with open_market(settings.exchange or KRAKEN, reach) as market:
        return await ingest_symbols(plan, market, store, tell=lambda _: None)


async def _fetch_instruments(
    settings: PipelineSettings,
) -> tuple[tuple[Instrument, ...], int]:
    from nija_adapters.exchange.kraken import KrakenExchange

    exchange = KrakenExchange(_exchange_settings(settings, is_venue=True))
    try:
        now_us = await exchange.fetch_time_us()
        return await exchange.fetch_instruments(settings.symbols), now_us
    finally:
        await exchange.close()
