"""The public channels of the stream, computed from venue time alone.

A channel sends at every beat, a twelfth of the tape's bar or a part of it that fits its candles,
and sends a bar once more when it has closed. So it does not matter how often a client is served.
"""

import math
from collections.abc import Collection, Iterator
from typing import NamedTuple

from nija_domain.market.timeframes import MINUTE_US
from simulator import dialect_v2
from simulator.dialect import Json
from simulator.frames import Frame
from simulator.venue import Venue

BEATS_PER_BAR = 12


class Topic(NamedTuple):
    """`minutes` is the length of the candles; none where there are no candles."""

    channel: str
    symbol: str
    minutes: int = 0


class PublicFeed:
    """What `ticker` and `ohlc` say of the venue's tapes."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._engine = venue.engine

    def snapshot(self, topic: Topic, *, at_us: int) -> Iterator[Json]:
        if (row := self._row(topic, at_us)) is not None:
            yield _message(topic, row, at_us=at_us, kind="snapshot")

    def updates(
        self, topics: Collection[Topic], *, from_us: int, to_us: int
    ) -> Iterator[tuple[int, Json]]:
        """What the topics say at every beat after one moment and up to another."""
        if not topics:
            return
        beats_us = {topic: self._beat_us(topic) for topic in topics}
        start_us, step_us = self._start_us, math.gcd(*beats_us.values())
        first_us = from_us + step_us - (from_us - start_us) % step_us
        for at_us in range(first_us, to_us + 1, step_us):
            for topic, beat_us in beats_us.items():
                if (at_us - start_us) % beat_us == 0:
                    for row in self._rows(topic, at_us):
                        yield at_us, _message(topic, row, at_us=at_us, kind="update")

    @property
    def _start_us(self) -> int:
        return next(iter(self._engine.tapes.values())).start_us

    def _beat_us(self, topic: Topic) -> int:
        beat_us = self._engine.tapes[topic.symbol].timeframe_us // BEATS_PER_BAR
        return math.gcd(beat_us, topic.minutes * MINUTE_US)

    def _rows(self, topic: Topic, at_us: int) -> Iterator[Json]:
        """The price or the running bar; a bar that has just closed is told whole before it."""
        if topic.channel == "ohlc":
            frame = self._frame(topic)
            if at_us == frame.open_us(at_us) > frame.first_us:
                listing, open_us = self._engine.listings[topic.symbol], at_us - frame.timeframe_us
                yield dialect_v2.closed_candle(frame, listing=listing, open_us=open_us)
        if (row := self._row(topic, at_us)) is not None:
            yield row

    def _row(self, topic: Topic, at_us: int) -> Json | None:
        listing = self._engine.listings[topic.symbol]
        if topic.channel == "ticker":
            return dialect_v2.ticker(self._venue.quote(listing, at_us=at_us), listing=listing)
        return dialect_v2.running_candle(self._frame(topic), listing=listing, now_us=at_us)

    def _frame(self, topic: Topic) -> Frame:
        return self._venue.frame(self._engine.listings[topic.symbol], minutes=topic.minutes)


def _message(topic: Topic, row: Json, *, at_us: int, kind: str) -> Json:
    message: Json = {"channel": topic.channel, "type": kind, "data": [row]}
    if topic.channel == "ohlc":
        message["timestamp"] = dialect_v2.timestamp(at_us)
    return message
