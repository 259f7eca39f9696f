"""Reads the candles that follow a known one, and judges them by the contract of history."""

from typing import Protocol

import msgspec

from executor.ports import CandleSource, Clock
from nija_domain.events.records import CandleClosed
from nija_domain.market.candles import Candle, history_of
from nija_domain.market.quality.live import LiveVerdict, are_plain, judge_live
from nija_domain.market.quality.prices import SCALE_BARS
from nija_domain.market.quality.stamps import Occasion
from nija_domain.releases.content import ReleaseContent


class Reader(Protocol):
    """The parts of a session that reading candles needs."""

    @property
    def candles(self) -> CandleSource: ...
    @property
    def clock(self) -> Clock: ...


class Stretch(msgspec.Struct, frozen=True):
    """What is asked of one symbol: after the candle of `known_us`, up to that of `newest_us`."""

    symbol: str
    known_us: int
    close: float
    newest_us: int


async def judged_page(
    reader: Reader, stretch: Stretch, content: ReleaseContent
) -> tuple[list[Candle], LiveVerdict]:
    """Candles that raise a doubt are asked for again, with the bars that they are measured by."""
    frame_us, known_us = content.timeframe_us, stretch.known_us
    page = await _page(reader, stretch, since_us=known_us + frame_us, timeframe_us=frame_us)
    if are_plain(page, known_us=known_us, close=stretch.close, timeframe_us=frame_us):
        return page, LiveVerdict(tuple(page))
    since_us = max(0, known_us - SCALE_BARS * frame_us)
    page = await _page(reader, stretch, since_us=since_us, timeframe_us=frame_us)
    confirmed_us = frozenset(content.confirmed_steps.get(stretch.symbol, ()))
    occasion = Occasion(frame_us, reader.clock.now_us(), confirmed_us)
    return page, judge_live(history_of(stretch.symbol, page), known_us=known_us, occasion=occasion)


async def _page(
    reader: Reader, stretch: Stretch, *, since_us: int, timeframe_us: int
) -> list[Candle]:
    candles = await reader.candles.fetch_candles(
        stretch.symbol,
        timeframe_us=timeframe_us,
        since_us=since_us,
        now_us=reader.clock.now_us(),
    )
    return [candle for candle in candles if candle.ts_us <= stretch.newest_us]


def closed_candle(candle: Candle, timeframe_us: int) -> CandleClosed:
    return CandleClosed(at_us=candle.ts_us + timeframe_us, **msgspec.structs.asdict(candle))
