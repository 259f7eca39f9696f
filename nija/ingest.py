"""`nija ingest`: what the lake misses, fetched from the venue in ranges, all symbols at once."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec

from nija_domain.market.backfill import FetchRange, find_missing, plan_ranges, told_from_us
from nija_domain.market.candles import Candle, CandleHistory, TimeColumn, history_of
from nija_domain.market.quality.delivery import Delivery, deliver_answer
from nija_domain.market.timeframes import DAY_US
from nija_domain.market.trades import TradePrints, candles_of

CANDLES_MAX = 720
RANGE_US = DAY_US


class IngestPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Without `since_us` as far back as the venue tells candles."""

    symbols: tuple[str, ...]
    timeframe_us: int
    since_us: int | None


class Stored(msgspec.Struct, frozen=True):
    """What a range, or all of a symbol's, left in the lake."""

    written: int = 0
    restated: int = 0
    quarantined: int = 0
    refused: tuple[str, ...] = ()

    def __add__(self, other: "Stored") -> "Stored":
        return Stored(
            self.written + other.written,
            self.restated + other.restated,
            self.quarantined + other.quarantined,
            self.refused + other.refused,
        )


class Progress(msgspec.Struct, frozen=True):
    """How many of a symbol's missing bars were asked for by now, and what came of it."""

    symbol: str
    done_bars: int
    all_bars: int
    stored: Stored


class VenueMarket(Protocol):
    """Public data under one budget of requests, however many symbols ask for it."""

    async def fetch_time_us(self) -> int: ...

    async def fetch_candles(
        self, symbol: str, *, timeframe_us: int, since_us: int, now_us: int
    ) -> list[Candle]: ...

    async def fetch_trades(self, symbol: str, *, from_us: int, until_us: int) -> TradePrints: ...


class CandleStore(Protocol):
    """Where candles go; each delivery is kept or lost as a whole."""

    def stored_us(self, symbol: str, *, timeframe_us: int, since_us: int) -> TimeColumn: ...

    def keep(self, delivery: Delivery, *, timeframe_us: int, known_at_us: int) -> Stored: ...


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol's part of a plan, at one moment of the venue."""

    symbol: str
    timeframe_us: int
    since_us: int
    told_us: int
    now_us: int


async def ingest_symbols(
    plan: IngestPlan,
    market: VenueMarket,
    store: CandleStore,
    *,
    tell: Callable[[Progress], None],
) -> list[Progress]:
    """All symbols side by side; what was kept before an end is not asked for again."""
    now_us, frame_us = await market.fetch_time_us(), plan.timeframe_us
    told_us = told_from_us(now_us=now_us, timeframe_us=frame_us, candles_max=CANDLES_MAX)
    errands = [
        Errand(
            symbol=symbol,
            timeframe_us=frame_us,
            since_us=told_us if plan.since_us is None else plan.since_us,
            told_us=told_us,
            now_us=now_us,
        )
        for symbol in plan.symbols
    ]
    return await asyncio.gather(*(_run(errand, market, store, tell=tell) for errand in errands))


async def _run(
    errand: Errand,
    market: VenueMarket,
    store: CandleStore,
    *,
    tell: Callable[[Progress], None],
) -> Progress:
    ranges = _plan(errand, store)
    all_bars = sum(_bars(fetched, errand) for fetched in ranges)
    progress = Progress(errand.symbol, 0, all_bars, Stored())
    tell(progress)
    for fetched in ranges:
        stored = progress.stored + _keep(await _fetch(fetched, errand, market), errand, store)
        done_bars = progress.done_bars + _bars(fetched, errand)
        progress = Progress(errand.symbol, done_bars, all_bars, stored)
        tell(progress)
    return progress


def _plan(errand: Errand, store: CandleStore) -> list[FetchRange]:
    frame_us = errand.timeframe_us
    stored_us = store.stored_us(errand.symbol, timeframe_us=frame_us, since_us=errand.since_us)
    missing = find_missing(
        stored_us, since_us=errand.since_us, now_us=errand.now_us, timeframe_us=frame_us
    )
    return [
        fetched
        for stretch in missing
        for fetched in plan_ranges(
            stretch, told_from_us=errand.told_us, timeframe_us=frame_us, range_us=RANGE_US
        )
    ]


def _bars(fetched: FetchRange, errand: Errand) -> int:
    return (fetched.stretch.until_us - fetched.stretch.from_us) // errand.timeframe_us


async def _fetch(fetched: FetchRange, errand: Errand, market: VenueMarket) -> CandleHistory:
    symbol, frame_us = errand.symbol, errand.timeframe_us
    from_us, until_us = fetched.stretch.from_us, fetched.stretch.until_us
    if fetched.source == "trades":
        trades = await market.fetch_trades(symbol, from_us=from_us, until_us=until_us)
        return candles_of(trades, timeframe_us=frame_us, from_us=from_us, until_us=until_us)
    candles = await market.fetch_candles(
        symbol, timeframe_us=frame_us, since_us=from_us, now_us=errand.now_us
    )
    return history_of(symbol, [candle for candle in candles if candle.ts_us < until_us])


def _keep(history: CandleHistory, errand: Errand, store: CandleStore) -> Stored:
    """Under the quality contract, as every candle."""
    if not len(history):
        return Stored()
    frame_us, now_us = errand.timeframe_us, errand.now_us
    delivery, found = deliver_answer(history, timeframe_us=frame_us, now_us=now_us)
    refused = tuple(problem.text for problem in found.problems if problem.level == "refuse")
    kept = store.keep(delivery, timeframe_us=frame_us, known_at_us=now_us)
    return kept + Stored(refused=refused)
