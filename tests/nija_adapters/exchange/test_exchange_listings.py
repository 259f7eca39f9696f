"""What becomes of symbols that the venue does not list."""

import asyncio
from decimal import Decimal

import pytest

from nija_adapters.exchange.kraken import KrakenExchange
from nija_adapters.exchange.settings import ExchangeSettings
from nija_domain.errors import SettingsInvalid, StepsRefused, VenueRefused
from nija_domain.trading.reports import PlacedOrder


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


def test_an_order_of_an_unlisted_pair_doubts_what_is_known_of_it(venue_url: str) -> None:
    """It may be listed again: the refusal is of the kind that has the pairs read again."""
    order = PlacedOrder(
        client_id="none", symbol="NONE/USD", side="sell", quantity=Decimal(1), stop_price=None
    )

    async def course() -> None:
        exchange = KrakenExchange(ExchangeSettings(api_url=venue_url, api_key="k", secret="cw=="))  # noqa: S106
        with pytest.raises(StepsRefused, match="lists no NONE/USD"):
            await exchange.place_order(order)
        await exchange.close()

    asyncio.run(course())


def test_bars_of_seconds_are_refused_with_the_setting(venue_url: str) -> None:
    """The venue counts in minutes; half of one would be asked for as none."""

    async def course() -> None:
        exchange = KrakenExchange(ExchangeSettings(api_url=venue_url))
        with pytest.raises(SettingsInvalid, match=r"no candles of 30s, .* correct timeframe"):
            await exchange.fetch_candles("BTC/USD", timeframe_us=30_000_000, since_us=0, now_us=0)
        await exchange.close()

    asyncio.run(course())
