"""The world as the venue plays it: every candle is a path of three straight walks.

A rising candle goes open, low, high, close; a falling one open, high, low, close. The walks take
a quarter, a half and a quarter of the bar, and the same shares of its volume.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from nija_domain.market.candles import CandleHistory

_WALK_SHARES = (0.25, 0.5, 0.25)


class Walk(NamedTuple):
    """A straight move of the price between two moments, with the volume traded on it."""

    start_us: int
    end_us: int
    price_from: float
    price_to: float
    volume: float

    def price_at(self, at_us: int) -> float:
        progress = (at_us - self.start_us) / (self.end_us - self.start_us)
        return self.price_from + (self.price_to - self.price_from) * progress

    def reaches_us(self, price: float) -> int:
        """The first microsecond at which the walk has come to this price."""
        progress = (price - self.price_from) / (self.price_to - self.price_from)
        exact_us = progress * (self.end_us - self.start_us)
        return min(self.end_us, self.start_us + math.ceil(exact_us))


class OpenCandle(NamedTuple):
    """A candle so far."""

    ts_us: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class Tape:
    """The prices of one symbol at every moment of the world."""

    def __init__(self, candles: CandleHistory, *, timeframe_us: int) -> None:
        self.candles = candles
        self.timeframe_us = timeframe_us
        self.start_us = int(candles.ts_us[0])
        self.end_us = self.start_us + len(candles) * timeframe_us

    def row_at(self, at_us: int) -> int:
        """The candle that holds this moment; the world's last moment belongs to the last one."""
        return min((at_us - self.start_us) // self.timeframe_us, len(self.candles) - 1)

    def walks_of(self, row: int) -> Iterator[Walk]:
        bar = self.candles.bar(row)
        rises = bar.close >= bar.open
        turns = (bar.low, bar.high) if rises else (bar.high, bar.low)
        stations = (bar.open, *turns, bar.close)
        start_us = self.start_us + row * self.timeframe_us
        for leg, share in enumerate(_WALK_SHARES):
            end_us = start_us + int(self.timeframe_us * share)
            yield Walk(start_us, end_us, stations[leg], stations[leg + 1], bar.volume * share)
            start_us = end_us

    def walks_from(self, at_us: int) -> Iterator[Walk]:
        """The walk of this moment and all that follow."""
        for row in range(self.row_at(at_us), len(self.candles)):
            for walk in self.walks_of(row):
                if walk.end_us > at_us:
                    yield walk

    def walk_at(self, at_us: int) -> Walk:
        return next(self.walks_from(min(at_us, self.end_us - 1)))

    def price_at(self, at_us: int) -> float:
        return self.walk_at(at_us).price_at(at_us)

    def candle_so_far(self, at_us: int) -> OpenCandle:
        """The open candle as it looks at this moment."""
        row = self.row_at(at_us)
        seen: list[float] = []
        volume = 0.0
        for walk in self.walks_of(row):
            if walk.start_us <= at_us:
                until_us = min(at_us, walk.end_us)
                seen += [walk.price_from, walk.price_at(until_us)]
                volume += walk.volume * (until_us - walk.start_us) / (walk.end_us - walk.start_us)
        ts_us = self.start_us + row * self.timeframe_us
        return OpenCandle(ts_us, seen[0], max(seen), min(seen), seen[-1], volume)
