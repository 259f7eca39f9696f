"""What becomes of symbols that the venue does not list."""

import asyncio

import pytest

from nija_adapters.exchange.kraken import KrakenExchange
from nija_adapters.exchange.settings import ExchangeSettings
from nija_domain.errors import VenueRefused


def test_what_the_venue_lists_no_longer_is_passed_over(venue_url: str) -> None:
    """The others are told of; where none is listed the setting is named."""

    async def course() -> None:
        exchange = KrakenExchange(ExchangeSettings(api_url=venue_url))
        (listed,) = await exchange.fetch_instruments(("NONE/USD", "BTC/USD"))

        assert listed.symbol == "BTC/USD"
        with pytest.raises(VenueRefused, match="none of NONE/USD; correct symbols"):
            await exchange.fetch_instruments(("NONE/USD",))
        await exchange.close()

    asyncio.run(course())
