"""Reads closed candles bar by bar, and lets the core decide at the newest close."""

import asyncio
from collections.abc import Iterator

import structlog

from executor.session import Session
from nija_domain.errors import VenueRefused
from nija_domain.events import records as ev
from nija_domain.market.candles import Candle
from nija_domain.market.timeframes import floor_to_bar_us
from nija_domain.trading.state import State

log = structlog.get_logger("executor")


async def observe_market(session: Session) -> None:
    """Fetch closed candles, then decide once at the newest closed bar.

    Older bars only update the state. If a symbol's candle is late, the decision waits for a grace
    time and then goes on without it. A symbol that missed the bar before as well (halted or
    delisted) is not waited for.
    """
    release = session.state.release
    if release is None:
        return
    timeframe_us = release.content.timeframe_us
    now_us = session.clock.now_us()
    newest_us = floor_to_bar_us(now_us, timeframe_us=timeframe_us) - timeframe_us
    behind = {
        symbol: session.state.market.symbols[symbol].ts_us
        for symbol in sorted(_asked_symbols(session.state))
        if session.state.market.symbols[symbol].ts_us < newest_us
    }
    if not behind:
        return
    pages = await asyncio.gather(
        *(
            _page(session, symbol, timeframe_us=timeframe_us, since_us=ts_us + timeframe_us)
            for symbol, ts_us in behind.items()
        )
    )
    candles = [candle for page in pages for candle in page if candle.ts_us <= newest_us]
    known_us = behind | {candle.symbol: candle.ts_us for candle in candles}
    arrived = sum(ts_us == newest_us for ts_us in known_us.values())
    awaited = sum(ts_us == newest_us - timeframe_us for ts_us in known_us.values())
    grace_us = int(session.settings.candle_grace_bars * timeframe_us)
    if awaited and now_us < newest_us + timeframe_us + grace_us:
        return
    is_new_bar = arrived > 0 and newest_us > session.state.book.decided_us
    closed = [*_closings(candles, timeframe_us)]
    if is_new_bar:
        closed += _decision(newest_us, newest_us + timeframe_us)
    await session.observe(closed)


def _asked_symbols(state: State) -> frozenset[str]:
    """The followed symbols, without those halted after a price jump."""
    return (state.followed_symbols & state.instruments.keys()) - state.restrictions.stepped.keys()


async def _page(session: Session, symbol: str, *, timeframe_us: int, since_us: int) -> list[Candle]:
    """The candles of one symbol; none if the venue no longer lists it."""
    try:
        return await session.exchange.fetch_candles(
            symbol, timeframe_us=timeframe_us, since_us=since_us, now_us=session.clock.now_us()
        )
    except VenueRefused as error:
        log.warning("no candles for this symbol", symbol=symbol, why=str(error))
        return []


def _closings(candles: list[Candle], timeframe_us: int) -> Iterator[ev.JournalEvent]:
    for candle in sorted(candles, key=lambda c: (c.ts_us, c.symbol)):
        yield ev.CandleClosed(
            at_us=candle.ts_us + timeframe_us,
            symbol=candle.symbol,
            ts_us=candle.ts_us,
            open=candle.open,
            high=candle.high,
            low=candle.low,
            close=candle.close,
            volume=candle.volume,
        )


def _decision(ts_us: int, close_us: int) -> tuple[ev.JournalEvent, ...]:
    """Recorded together with the bar's candles: a bar is decided whole or not at all."""
    return (
        ev.BarClosed(at_us=close_us, ts_us=ts_us),
        ev.DecisionDue(at_us=close_us, ts_us=ts_us),
    )
