"""Candles built from the venue's trades are its candles: the real client at the simulated venue."""

import asyncio
import math

import numpy as np
import pytest

from nija_adapters.exchange import kraken
from nija_domain.market.candles import CandleHistory, history_of
from nija_domain.market.timeframes import MINUTE_US
from nija_domain.market.trades import VOLUME_TOLERANCE, TradePrints, candles_of
from tests.fakes.venue_process import exchange_at, running_venue

BAR_US = 5 * MINUTE_US
TRADES_A_BAR = 8
"""Four stations of its path, and one at each full minute between."""
SYMBOLS = ("BTC/USD", "DOGE/USD")
VENUE = ("--seed", "4", "--history-bars", "900", "--speed", "1", "--symbols", ",".join(SYMBOLS))


async def _both(url: str, symbol: str) -> tuple[CandleHistory, TradePrints]:
    async with exchange_at(url) as exchange:
        now_us = await exchange.fetch_time_us()
        found = await exchange.fetch_candles(symbol, timeframe_us=BAR_US, since_us=0, now_us=now_us)
        official = history_of(symbol, found)
        trades = await exchange.fetch_trades(
            symbol, from_us=int(official.ts_us[0]), until_us=int(official.ts_us[-1]) + BAR_US
        )
        return official, trades


def test_candles_from_trades_are_the_official_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices to the bit and volumes to the tolerance, over every bar, wherever pages end."""
    monkeypatch.setattr(kraken, "TRADES_A_PAGE", 701)
    with running_venue(*VENUE) as url:
        for symbol in SYMBOLS:
            official, trades = asyncio.run(_both(url, symbol))
            built = candles_of(
                trades,
                timeframe_us=BAR_US,
                from_us=int(official.ts_us[0]),
                until_us=int(official.ts_us[-1]) + BAR_US,
            )

            assert len(official) > 700
            for name in ("ts_us", "open", "high", "low", "close"):
                assert getattr(built, name).tobytes() == getattr(official, name).tobytes()
            assert np.allclose(built.volume, official.volume, rtol=VOLUME_TOLERANCE, atol=0.0)
            assert len(trades) == TRADES_A_BAR * len(official)


def test_trades_reach_back_where_candles_do_not() -> None:
    """The venue opened 900 bars ago and tells 720 candles, but every trade."""
    with running_venue(*VENUE) as url:
        official, _ = asyncio.run(_both(url, "BTC/USD"))
        earlier_us = int(official.ts_us[0]) - 100 * BAR_US

        async def before() -> TradePrints:
            async with exchange_at(url) as exchange:
                return await exchange.fetch_trades(
                    "BTC/USD", from_us=earlier_us, until_us=int(official.ts_us[0])
                )

        trades = asyncio.run(before())

    assert len(trades) == TRADES_A_BAR * 100
    assert math.isclose(trades.price[-1], official.open[0], rel_tol=0.05)
