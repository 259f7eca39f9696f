"""The public market that settings name: the venue itself, or any exchange that ccxt knows."""

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
    """Kraken by its own adapter, which builds from trades what its candles do not reach."""
    is_kraken = name == KRAKEN
    market = KrakenExchange(settings) if is_kraken else UnifiedMarket(name, settings)
    try:
        yield market
    finally:
        await market.close()
