"""Public market data of the venue in the settings, or of any exchange that ccxt knows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nija_adapters.exchange.kraken import KrakenExchange
from nija_adapters.exchange.settings import ExchangeSettings
from nija_adapters.exchange.unified import UnifiedMarket

KRAKEN = "kraken"


@asynccontextmanager
async def open_market(
    name: str, settings: ExchangeSettings
) -> AsyncIterator[KrakenExchange | UnifiedMarket]:
    """Connect: Kraken by its own adapter, any other through ccxt's unified methods."""
    is_kraken = name == KRAKEN
    market = KrakenExchange(settings) if is_kraken else UnifiedMarket(name, settings)
    try:
        yield market
    finally:
        await market.close()
