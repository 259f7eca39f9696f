from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.market.candles import CandleHistory
from nija_domain.trading.matching import RestingOrder, waits_below
from simulator.orders import Ticket, VenueOrder
from simulator.tape import Tape
from simulator.touches import first_touch

BAR_US = 40
TICK = Decimal("0.1")

prices = st.integers(1_000, 1_040).map(lambda count: count / 10)


@st.composite
def tapes(draw: st.DrawFn) -> Tape:
    """Three bars of forty microseconds each, so that every moment can be looked at."""
    rows = []
    for _ in range(3):
        low, one, other, high = sorted(draw(prices) for _ in range(4))
        first, last = (one, other) if draw(st.booleans()) else (other, one)
        rows.append((first, high, low, last, 10.0))
    first, high, low, last, volume = np.array(rows, dtype=np.float64).T
    ts_us = np.arange(3, dtype=np.int64) * BAR_US + 4_000
    candles = CandleHistory(
        symbol="BTC/USD", ts_us=ts_us, open=first, high=high, low=low, close=last, volume=volume
    )
    return Tape(candles, timeframe_us=BAR_US)


@settings(deadline=None)
@given(tape=tapes())
def test_the_path_of_a_bar_shows_exactly_its_candle(tape: Tape) -> None:
    """Looked at in every microsecond, it opens, turns and closes where the candle says."""
    for row in range(3):
        bar = tape.candles.bar(row)
        walks = list(tape.walks_of(row))
        ends = [price for walk in walks for price in (walk.price_from, walk.price_to)]

        assert (ends[0], max(ends), min(ends), ends[-1]) == (bar.open, bar.high, bar.low, bar.close)
        assert sum(walk.volume for walk in walks) == bar.volume
        assert walks[-1].end_us - walks[0].start_us == BAR_US


@settings(deadline=None)
@given(tape=tapes(), late_us=st.integers(0, 3 * BAR_US))
def test_the_open_candle_is_what_was_seen_so_far(tape: Tape, late_us: int) -> None:
    """Against the slow way: looking at the price in every microsecond."""
    at_us = tape.start_us + late_us
    candle = tape.candle_so_far(at_us)
    seen = [tape.price_at(us) for us in range(candle.ts_us, min(at_us, tape.end_us - 1) + 1)]

    assert candle.open == seen[0]
    assert candle.high >= max(seen)
    assert candle.low <= min(seen)
    assert candle.high == pytest.approx(max(*seen, candle.close), abs=0.41)
    assert candle.volume <= tape.candles.bar(tape.row_at(at_us)).volume


@settings(max_examples=80, deadline=None)
@given(
    tape=tapes(),
    trigger=prices,
    kind=st.sampled_from(["limit", "stop-loss"]),
    side=st.sampled_from(["buy", "sell"]),
    active_us=st.integers(0, 2 * BAR_US),
)
def test_the_first_touch_is_the_one_that_a_patient_watcher_sees(
    tape: Tape, trigger: float, kind: str, side: str, active_us: int
) -> None:
    """Against the slow way: the first microsecond whose price has come to the order.

    The watcher sees walks from their starts to their ends, both included. One microsecond is
    what the last digit of a float may cost.
    """
    ticket = Ticket(
        symbol="BTC/USD", side=side, kind=kind, quantity=Decimal(1), price=Decimal(str(trigger))
    )
    order = VenueOrder(
        txid="O",
        ticket=ticket,
        opened_us=tape.start_us + active_us,
        active_from_us=tape.start_us + active_us,
        reserve_price=Decimal(1),
    )
    touch = first_touch(
        order, tape=tape, tick_size=TICK, to_us=tape.end_us, searched_us=tape.start_us
    )

    watched_us = _watched_us(order.resting, tape, order.active_from_us)

    assert (touch is None) == (watched_us is None)
    assert touch is None or abs(touch.at_us - watched_us) <= 1


def _watched_us(order: RestingOrder, tape: Tape, from_us: int) -> int | None:
    tolerance = 1e-9
    for row in range(3):
        for walk in tape.walks_of(row):
            for at_us in range(max(from_us, walk.start_us), walk.end_us + 1):
                short = walk.price_at(at_us) - float(order.price)
                if walk.end_us > from_us and (
                    short <= tolerance if waits_below(order) else short >= -tolerance
                ):
                    return at_us
    return None
