"""A venue that answers nothing: positions stay covered, what is due is done, little is asked."""

import asyncio
from typing import Literal

import pytest

from executor.observe.orders import REST_PAUSE_US
from executor.turn import turn_until, turns_unasked
from nija_domain.errors import VenueRefused, VenueUnreachable
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from nija_domain.events.session_records import VenueFound, VenueLost
from nija_domain.market.timeframes import MINUTE_US, SECOND_US
from nija_domain.trading.reports import OddRow, OrderReport, PlacedOrder
from tests.fakes.stands import HOLD, SYMBOLS, Stand, check_books, run


async def _turn_or_not(stand: Stand) -> None:
    """A turn that the venue does not answer is over, as in the loop."""
    try:
        await stand.turn()
    except VenueUnreachable:
        return


def test_look_ups_that_get_no_answer_prove_nothing() -> None:
    """Three minutes without a network: an order is neither given up nor sent again, but found."""
    stand = Stand(bars=14, strategy=HOLD)
    stand.venue.faults.lost_answers = 1

    async def course() -> None:
        await stand.start()
        await stand.play(1, turns=1)
        stand.venue.faults.unreachable_calls = 10**6
        for _ in range(180):
            await _turn_or_not(stand)
        stand.venue.faults.unreachable_calls = 0
        await stand.play(2)

    run(course())
    ends = {event.status for event in stand.journal.events if isinstance(event, ev.OrderEnded)}

    assert "OrderUnknown" in stand.kinds()
    assert ends == {"filled"}
    assert len(stand.venue.sent) == len(SYMBOLS)
    check_books(stand)


def test_a_ban_of_ten_minutes_leaves_positions_behind_their_stops() -> None:
    """No question is answered: nothing is sent in a panic, and afterwards it goes on."""
    stand, naked = Stand(bars=14, strategy=HOLD), list[str]()

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        stand.venue.faults.unreachable_calls = 10**6
        for _ in range(600):
            await _turn_or_not(stand)
            naked.extend(stand.naked())
        stand.venue.faults.unreachable_calls = 0
        await stand.play(2)

    run(course())

    assert naked == []
    assert len(stand.venue.sent) == len(stand.session.state.book.positions) == len(SYMBOLS)
    assert find_first_difference(stand.journal.events) is None
    check_books(stand)


@pytest.mark.parametrize(
    ("failed", "expected"), [(0, 0), (1, 1), (2, 3), (3, 7), (6, 40), (100_000, 40)]
)
def test_pauses_double_up_to_two_seconds(failed: int, expected: int) -> None:
    """In turns of 50 ms; after an answer there is none."""
    assert turns_unasked(failed, pause_ms=50) == expected


class _Minute(asyncio.Event):
    """The end of a minute of turns, whose pauses pass on the stand's clock alone."""

    def __init__(self, stand: Stand) -> None:
        super().__init__()
        self._stand = stand
        self._turns = 60_000 // stand.session.settings.turn_pause_ms

    async def wait(self) -> Literal[True]:
        self._stand.clock.at_us += MINUTE_US // 1_200
        self._turns -= 1
        if self._turns > 0:
            raise TimeoutError
        self.set()
        return True


def test_a_venue_that_bans_us_is_asked_seldom() -> None:
    """Of 28 unanswered questions the last comes 40 s later; once there were 1,181 a minute."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        stand.venue.faults.unreachable_calls = 28
        await turn_until(stand.session, stand.switch, _Minute(stand))

    run(course())
    events = stand.journal.events
    (lost_us,) = (event.at_us for event in events if isinstance(event, VenueLost))
    (found_us,) = (event.at_us for event in events if isinstance(event, VenueFound))

    assert found_us - lost_us >= 40 * SECOND_US
    check_books(stand)


def test_what_is_due_does_not_wait_for_a_venue_that_answers_no_question() -> None:
    """Its lists are silent while orders are taken: a missing stop is placed in its seconds."""
    stand, placed_us = Stand(bars=14, strategy=HOLD), list[int]()

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        (stop,) = (s for s in stand.venue.resting("BTC/USD") if s.order.side == "sell")
        await stand.venue.cancel_order(f"V-{stop.order.order_id}")
        place = stand.venue.place_order

        async def refuse(order: PlacedOrder) -> str:
            del order
            raise VenueRefused("not now")

        async def place_order(order: PlacedOrder) -> str:
            placed_us.append(stand.clock.at_us)
            return await place(order)

        async def silent(**_: int) -> list[OrderReport | OddRow]:
            raise VenueUnreachable("no answer; ask again later")

        stand.venue.place_order = refuse  # type: ignore[method-assign]
        await stand.turn(after_us=REST_PAUSE_US)
        stand.venue.place_order = place_order  # type: ignore[method-assign]
        stand.venue.fetch_orders = silent  # type: ignore[method-assign]
        begun_us.append(stand.clock.at_us)
        await turn_until(stand.session, stand.switch, _Minute(stand))

    begun_us = list[int]()
    run(course())

    assert placed_us[0] - begun_us[0] <= 5 * SECOND_US
