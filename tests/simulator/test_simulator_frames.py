"""Candles of every length come from the one world, told alike by candles, stream and trades."""

from decimal import Decimal

import numpy as np
import pytest

from nija_domain.errors import SettingsInvalid
from nija_domain.market.candles import COLUMNS, CandleHistory
from nija_domain.market.timeframes import MINUTE_US, SECOND_US
from nija_domain.market.trades import TradePrints, candles_of
from simulator.feeds import PublicFeed, Topic
from simulator.frames import Frame
from simulator.opening import open_venue
from simulator.prints import prints_of
from simulator.settings import SimulatorSettings
from simulator.tape import Tape
from simulator.venue import Venue

DAY_BARS = 24 * 12
FINE = SimulatorSettings(
    symbols=("BTC/USD",), history_bars=4 * DAY_BARS, future_bars=40, speed=1.0, cash=Decimal(1)
)
COARSE = SimulatorSettings(
    symbols=("BTC/USD",), history_bars=60, future_bars=10, speed=1.0, timeframe="1h"
)
MINUTES = (1, 3, 5, 7, 15, 30, 60, 240, 1440)


class Stopwatch:
    """A monotonic clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


def tape_of(settings: SimulatorSettings) -> Tape:
    return open_venue(settings, monotonic_ns=Stopwatch()).engine.tapes["BTC/USD"]


def built_of_trades(tape: Tape, frame: Frame, from_us: int, until_us: int) -> CandleHistory:
    """The slow and obvious way: every trade of the world, put into bars."""
    found = [each for row in range(len(tape.candles)) for each in prints_of(tape, row)]
    trades = TradePrints(
        symbol="BTC/USD",
        at_us=np.array([each.at_us for each in found]),
        price=np.array([each.price for each in found]),
        quantity=np.array([float(each.volume) for each in found]),
    )
    return candles_of(trades, timeframe_us=frame.timeframe_us, from_us=from_us, until_us=until_us)


@pytest.mark.parametrize("minutes", MINUTES)
@pytest.mark.parametrize("settings", [FINE, COARSE], ids=["of 5m", "of 1h"])
def test_every_length_is_what_its_trades_make(settings: SimulatorSettings, minutes: int) -> None:
    """Prices to the bit, volumes to a rounding; no bar is missing."""
    tape = tape_of(settings)
    frame = Frame(tape, timeframe_us=minutes * MINUTE_US)
    span_us = min(900 * frame.timeframe_us, 2 * DAY_BARS * 5 * MINUTE_US)
    until_us = frame.open_us(frame.first_us + max(span_us, 2 * frame.timeframe_us))

    closed = frame.closed(frame.first_us, until_us)

    expected = built_of_trades(tape, frame, frame.first_us, until_us)
    for name in COLUMNS:
        assert getattr(closed, name) == pytest.approx(
            getattr(expected, name), rel=1e-9 if name == "volume" else 0.0
        )
    assert (np.diff(closed.ts_us) == frame.timeframe_us).all()
    assert len(closed) == (until_us - frame.first_us) // frame.timeframe_us


@pytest.mark.parametrize("minutes", MINUTES)
def test_the_running_bar_grows_into_the_closed_one(minutes: int) -> None:
    """Never beyond it, and equal to it at its end."""
    frame = Frame(tape_of(FINE), timeframe_us=minutes * MINUTE_US)
    open_us = frame.first_us
    whole = frame.closed(open_us, open_us + frame.timeframe_us).bar(0)
    for share in (0.0, 0.1, 0.5, 0.9):
        running = frame.so_far(open_us + int(share * frame.timeframe_us))
        assert running is not None
        assert (running.ts_us, running.open) == (open_us, whole.open)
        assert whole.low <= running.low <= running.high <= whole.high

    last = frame.so_far(open_us + frame.timeframe_us - 1)

    assert last is not None
    assert last[1:5] == pytest.approx(whole[:4], rel=1e-6)
    assert last.volume == pytest.approx(whole.volume, rel=1e-6)


def hours(venue: Venue) -> list[list[object]]:
    answer = venue.ohlc({"pair": "XBTUSD", "interval": "60"})["XXBTZUSD"]
    assert isinstance(answer, list)
    return answer


def test_hours_are_told_over_rest_and_stream() -> None:
    """A venue of five-minute bars tells its hours, and both ways tell the same of each."""
    watch = Stopwatch()
    venue = open_venue(FINE, monotonic_ns=watch)
    before, feed = hours(venue), PublicFeed(venue)
    from_us = venue.engine.now_us
    watch.now_ns = 3_600 * 1_000_000_000
    venue.catch_up()
    found = [
        message["data"][0]
        for _, message in feed.updates(
            {Topic("ohlc", "BTC/USD", 60)}, from_us=from_us, to_us=venue.engine.now_us
        )
    ]
    after = hours(venue)

    assert len(before) == 4 * 24 + 1
    assert after[: len(before) - 1] == before[:-1]
    assert after[-1][0] == before[-1][0] + 3_600
    (closed,) = [row for row in found[-2:] if row["interval_begin"] != found[-1]["interval_begin"]]
    assert [str(closed[name]) for name in ("open", "high", "low", "close")] == after[-2][1:5]


def test_what_is_no_whole_minute_is_refused() -> None:
    """In the venue's settings as in its answers."""
    with pytest.raises(SettingsInvalid, match=r"timeframe is '30s'.*whole minutes"):
        SimulatorSettings(timeframe="30s")

    assert FINE.world.timeframe_us == 300 * SECOND_US
