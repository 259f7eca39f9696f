"""The public channels of the stream, as a function of venue time alone.

A channel speaks at every beat, a twelfth of a bar, and tells a bar once more when it has closed.
So how often a client is served changes nothing in what it is told.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from simulator import dialect_v2
from simulator.dialect import Json
from simulator.venue import Venue

BEATS_PER_BAR = 12


class Topic(NamedTuple):
    channel: str
    symbol: str


class PublicFeed:
    """What `ticker` and `ohlc` say of the venue's tapes."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._engine = venue.engine

    def snapshot(self, topic: Topic, *, at_us: int) -> Json:
        return _told(topic, self._row(topic, at_us), at_us=at_us, kind="snapshot")

    def updates(
        self, topics: Collection[Topic], *, from_us: int, to_us: int
    ) -> Iterator[tuple[int, Json]]:
        """What the topics say at every beat after one moment and up to another."""
        if not topics:
            return
        tape = next(iter(self._engine.tapes.values()))
        beat_us = tape.timeframe_us // BEATS_PER_BAR
        first_us = from_us + beat_us - (from_us - tape.start_us) % beat_us
        for at_us in range(first_us, to_us + 1, beat_us):
            for topic in topics:
                for row in self._rows(topic, at_us):
                    yield at_us, _told(topic, row, at_us=at_us, kind="update")

    def _rows(self, topic: Topic, at_us: int) -> Iterator[Json]:
        """The price or the running bar; a bar that has just closed is told whole before it."""
        tape = self._engine.tapes[topic.symbol]
        row = tape.row_at(at_us)
        opens_now = row > 0 and at_us == tape.start_us + row * tape.timeframe_us
        if topic.channel == "ohlc" and opens_now:
            listing = self._engine.listings[topic.symbol]
            yield dialect_v2.closed_candle(tape, listing=listing, row=row - 1)
        yield self._row(topic, at_us)

    def _row(self, topic: Topic, at_us: int) -> Json:
        listing = self._engine.listings[topic.symbol]
        if topic.channel == "ticker":
            return dialect_v2.ticker(self._venue.quote(listing, at_us=at_us), listing=listing)
        tape = self._engine.tapes[topic.symbol]
        return dialect_v2.running_candle(tape, listing=listing, now_us=at_us)


def _told(topic: Topic, row: Json, *, at_us: int, kind: str) -> Json:
    message: Json = {"channel": topic.channel, "type": kind, "data": [row]}
    if topic.channel == "ohlc":
        message["timestamp"] = dialect_v2.timestamp(at_us)
    return message
