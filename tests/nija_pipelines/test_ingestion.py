"""What the lake misses is fetched from where the venue tells it, and kept in as few commits."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from nija_adapters.lake.lake import Lake
from nija_domain.market.candles import Candle, CandleHistory
from nija_domain.market.timeframes import MINUTE_US
from nija_pipelines.ingestion.fetching import CANDLES_MAX, ingest_symbols
from nija_pipelines.ingestion.plan import Ingested, IngestPlan
from simulator.settings import SimulatorSettings
from tests.fakes.releases import venue_histories
from tests.fakes.venue_process import exchange_at, running_venue

BAR_US = 5 * MINUTE_US
BARS = 1_000
SYMBOLS = ("BTC/USD", "ETH/USD")
PLAN = IngestPlan(symbols=SYMBOLS, venue="simulated", timeframe_us=BAR_US, source="venue")


@pytest.fixture(scope="module")
def venue_url() -> Iterator[str]:
    flags = ("--seed", "6", "--history-bars", str(BARS), "--speed", "1")
    with running_venue(*flags, "--symbols", ",".join(SYMBOLS)) as url:
        yield url


@pytest.fixture(scope="module")
def histories() -> dict[str, CandleHistory]:
    settings = SimulatorSettings(seed=6, history_bars=BARS, symbols=SYMBOLS)
    return venue_histories(settings)


def _store(lake: Lake, histories: list[CandleHistory]) -> None:
    known_at_us = max(int(history.ts_us[-1]) for history in histories) + BAR_US
    lake.append_candles(
        histories, venue="simulated", timeframe_us=BAR_US, source="venue", known_at_us=known_at_us
    )


def _ingest(lake: Lake, url: str) -> tuple[list[Ingested], list[Ingested]]:
    """What came of it, and what was told on the way."""
    found: list[Ingested] = []

    async def session() -> list[Ingested]:
        async with exchange_at(url) as exchange:
            done, _ = await ingest_symbols(PLAN, exchange, lake, notify=found.append)
            return done

    return asyncio.run(session()), found


def _stamps(lake: Lake) -> list[list[int]]:
    stored = lake.read_candles(
        SYMBOLS, venue="simulated", timeframe_us=BAR_US, snapshot=lake.snapshot()
    )
    return [stored[symbol].ts_us.tolist() for symbol in SYMBOLS]


def test_an_outage_longer_than_the_venue_remembers_leaves_no_hole(
    tmp_path: Path, venue_url: str, histories: dict[str, CandleHistory]
) -> None:
    """Candles reach back 720 bars; what is missing before them comes from trades, unasked."""
    with Lake(tmp_path) as lake:
        _store(lake, [history.cut(50) for history in histories.values()])
        done, found = _ingest(lake, venue_url)

        assert [(i.missing_bars, i.asked_bars, i.written) for i in done] == [(950, 950, 950)] * 2
        assert _stamps(lake) == [history.ts_us.tolist() for history in histories.values()]
        asked = [ingested.asked_bars for ingested in found if ingested.symbol == SYMBOLS[0]]
        assert asked == sorted(asked)
        assert asked[0] == 0


class MovingVenue:
    """A venue whose clock goes on by some bars while a stretch is rebuilt from its trades."""

    def __init__(self, history: CandleHistory) -> None:
        self._history = history
        self._bars = BARS - 20

    async def fetch_time_us(self) -> int:
        return int(self._history.ts_us[self._bars - 1]) + BAR_US

    async def fetch_candles(
        self, symbol: str, *, timeframe_us: int, since_us: int, now_us: int
    ) -> list[Candle]:
        assert (symbol, timeframe_us) == (self._history.symbol, BAR_US)

        served = self._history.between(max(0, self._bars - CANDLES_MAX), self._bars)
        return [c for c in map(served.candle, range(len(served))) if since_us <= c.ts_us < now_us]

    async def fetch_history(
        self, symbol: str, *, timeframe_us: int, from_us: int, until_us: int
    ) -> CandleHistory:
        assert (symbol, timeframe_us) == (self._history.symbol, BAR_US)

        self._bars += 25
        first, last = np.searchsorted(self._history.ts_us, [from_us, until_us]).tolist()
        return self._history.between(first, last)


def test_a_venue_that_goes_on_during_the_first_ingestion_leaves_no_hole(
    tmp_path: Path, histories: dict[str, CandleHistory]
) -> None:
    """Its oldest candles are asked for before it stops serving them."""
    history = histories[SYMBOLS[0]]
    plan = replace(PLAN, symbols=SYMBOLS[:1], history_bars=BARS - 20)
    with Lake(tmp_path) as lake:
        asyncio.run(ingest_symbols(plan, MovingVenue(history), lake, notify=lambda _: None))

        assert _stamps(lake)[0] == history.ts_us[: BARS - 20].tolist()


def test_the_everyday_page_is_one_commit(
    tmp_path: Path, venue_url: str, histories: dict[str, CandleHistory]
) -> None:
    """All symbols together; a gap in what candles tell is filled with them."""
    with Lake(tmp_path) as lake:
        btc, eth = histories.values()
        _store(lake, [btc.cut(BARS - 3), eth.cut(BARS - 20)])
        _store(lake, [eth.between(BARS - 10, BARS - 3)])
        before = lake.snapshot()
        done, _ = _ingest(lake, venue_url)

        assert [ingested.written for ingested in done] == [3, 13]
        assert lake.snapshot() == before + 1
        assert _stamps(lake) == [btc.ts_us.tolist(), eth.ts_us.tolist()]
        assert [ingested.written for ingested in _ingest(lake, venue_url)[0]] == [0, 0]
        assert lake.snapshot() == before + 1
