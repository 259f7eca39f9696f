"""Public candles in ccxt's unified words: ccxt's own Kraken against the simulated one."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from nija_adapters.exchange.kraken import KrakenExchange
from nija_adapters.exchange.settings import ExchangeSettings
from nija_adapters.exchange.unified import UnifiedMarket
from nija_domain.errors import SettingsInvalid, VenueRefused, VenueUnreachable
from nija_domain.market.timeframes import MINUTE_US
from tests.fakes.venue_process import running_venue

BAR_US = 5 * MINUTE_US
Talk = Callable[[UnifiedMarket], Awaitable[None]]


def run(url: str, talk: Talk) -> None:
    async def session() -> None:
        settings = ExchangeSettings(api_url=url, public_per_second=1_000.0, timeout_ms=2_000)
        market = UnifiedMarket("kraken", settings)
        try:
            await talk(market)
        finally:
            await market.close()

    asyncio.run(session())


def test_the_candles_are_those_of_our_own_adapter() -> None:
    """Two ways through ccxt, one market: every number of every closed bar is the same."""
    with running_venue("--history-bars", "300", "--speed", "1") as url:

        async def talk(market: UnifiedMarket) -> None:
            now_us = await market.fetch_time_us()
            kraken = KrakenExchange(ExchangeSettings(api_url=url, public_per_second=1_000.0))
            asked = {"timeframe_us": BAR_US, "since_us": now_us - 100 * BAR_US, "now_us": now_us}
            ours = await kraken.fetch_candles("BTC/USD", **asked)
            await kraken.close()

            assert await market.fetch_candles("BTC/USD", **asked) == ours
            assert len(ours) == 100

        run(url, talk)


def test_a_stretch_of_long_ago_ends_where_it_was_asked_to() -> None:
    """No bar before and none from its end on."""
    with running_venue("--history-bars", "300", "--speed", "1") as url:

        async def talk(market: UnifiedMarket) -> None:
            until_us = await market.fetch_time_us() // BAR_US * BAR_US - 50 * BAR_US
            from_us = until_us - 20 * BAR_US
            history = await market.fetch_history(
                "ETH/USD", timeframe_us=BAR_US, from_us=from_us, until_us=until_us
            )

            assert history.ts_us.tolist() == np.arange(from_us, until_us, BAR_US).tolist()

        run(url, talk)


def test_what_cannot_be_had_is_told_by_name() -> None:
    """A pair that is not listed, a length of bar that is not told, an exchange nobody knows."""
    with running_venue("--history-bars", "20", "--speed", "1") as url:

        async def talk(market: UnifiedMarket) -> None:
            asked = {"since_us": 0, "now_us": 10**15}
            with pytest.raises(VenueRefused, match="kraken lists no NONE/USD"):
                await market.fetch_candles("NONE/USD", timeframe_us=BAR_US, **asked)
            with pytest.raises(SettingsInvalid, match="kraken tells no bars of 7m; it tells"):
                await market.fetch_candles("BTC/USD", timeframe_us=7 * MINUTE_US, **asked)

        run(url, talk)
    with pytest.raises(SettingsInvalid, match=r"did you mean .*binance"):
        UnifiedMarket("binanze", ExchangeSettings())


def test_a_silent_exchange_is_unreachable() -> None:
    """Nothing listens there: the message names exchange and question, and asks for patience."""

    async def talk(market: UnifiedMarket) -> None:
        with pytest.raises(VenueUnreachable, match="kraken fetch_time got no usable answer"):
            await market.fetch_time_us()

    run("http://127.0.0.1:9", talk)


def test_the_exchanges_own_budget_is_kept() -> None:
    """Whatever the settings allow, a real exchange is asked no faster than it bears."""
    market = UnifiedMarket("binance", ExchangeSettings(public_per_second=1_000.0))

    assert market.requests_per_second <= 1_000 / 50
    asyncio.run(market.close())
