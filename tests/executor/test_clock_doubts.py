"""The executor's clock follows the venue's, and a wrong answer moves nothing."""

import asyncio

import pytest

from executor.recovery import wait_for_venue
from executor.settings import ExecutorSettings
from nija_domain.errors import DeadlineRefused, VenueUnreachable
from nija_domain.events import records as ev
from nija_domain.market.timeframes import HOUR_US, SECOND_US
from nija_domain.trading.reports import PlacedOrder
from tests.fakes.stands import HOLD, SYMBOLS, Stand, check_books, run
from tests.fakes.venue import FakeClock

BEHIND_US = 15 * SECOND_US
"""More than the deadline of an order."""

TURNS = 25


def _answer_wrongly(stand: Stand, *, times: int) -> list[int]:
    """The venue's clock says an hour more than it is, so many times."""
    fetch, told = stand.venue.fetch_time_us, list[int]()

    async def fetch_time_us() -> int:
        now_us = await fetch()
        if len(told) >= times:
            return now_us
        told.append(now_us + HOUR_US)
        return told[-1]

    stand.venue.fetch_time_us = fetch_time_us  # type: ignore[method-assign]
    return told


def test_one_wrong_answer_of_an_hour_moves_no_clock() -> None:
    """The turn asks again in a moment, and the bar is decided at its own time."""
    stand = Stand(strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(1)
        told, before_us = _answer_wrongly(stand, times=1), stand.clock.at_us
        with pytest.raises(VenueUnreachable, match="the venue's clock said"):
            await stand.play(1)
        await stand.turn()

        assert len(told) == 1
        assert stand.clock.at_us - before_us < HOUR_US // 2

    run(course())

    assert stand.kinds().count("DecisionDue") == 2
    check_books(stand)


def test_a_start_trusts_two_answers_that_agree() -> None:
    """One alone would send the clock an hour ahead for good, since it never goes back."""
    stand = Stand()
    _answer_wrongly(stand, times=1)
    settings = ExecutorSettings(symbols=SYMBOLS)
    found_us = asyncio.run(wait_for_venue(stand.venue, settings))

    assert found_us == stand.clock.at_us


def test_a_leap_that_the_venue_tells_twice_is_followed() -> None:
    """The machine slept: our clock stood still, and the venue's did not."""
    stand = Stand(bars=40, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(1)
        before_us = stand.clock.at_us
        _answer_wrongly(stand, times=2)
        await stand.play(1, turns=1)

        assert stand.clock.at_us - before_us > HOUR_US

    run(course())


class _Late:
    """A stand whose own clock is behind the venue's."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.ours = FakeClock(stand.clock.at_us - BEHIND_US)
        stand.session.clock = self.ours
        place = stand.venue.place_order

        async def place_order(order: PlacedOrder) -> str:
            if order.deadline_us is not None and order.deadline_us <= stand.clock.at_us:
                raise DeadlineRefused("EService:Deadline elapsed")
            return await place(order)

        stand.venue.place_order = place_order  # type: ignore[method-assign]

    async def turn(self) -> None:
        self.ours.at_us += SECOND_US
        await self.stand.turn()

    @property
    def behind_us(self) -> int:
        return self.stand.clock.at_us - self.ours.at_us


def test_an_order_that_comes_too_late_is_refused_and_sets_our_clock() -> None:
    """Nothing is unknown: the next stop has a deadline that the venue takes, seconds later."""
    stand = Stand(strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        late = _Late(stand)
        await stand.venue.cancel_order(_stop_of(stand))
        for _ in range(TURNS):
            await late.turn()

        assert late.behind_us == 0

    run(course())
    refused = [event for event in stand.journal.events if isinstance(event, ev.OrderRefused)]

    assert [event.reason for event in refused] == ["EService:Deadline elapsed"]
    assert "OrderUnknown" not in stand.kinds()
    assert stand.naked() == []


def _stop_of(stand: Stand) -> str:
    (stop,) = [slip for slip in stand.venue.resting(SYMBOLS[0]) if slip.order.side == "sell"]
    return f"V-{stop.order.order_id}"


def test_a_fill_from_our_future_sets_our_clock() -> None:
    """The venue lives later than we do: with our clock every deadline stood still."""
    stand = Stand(strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        late = _Late(stand)
        for _ in range(TURNS):
            await late.turn()
        assert late.behind_us == BEHIND_US
        stand.venue.crash(SYMBOLS[0], to=1.0)
        for _ in range(TURNS):
            await late.turn()

        assert late.behind_us == 0

    run(course())

    assert stand.kinds().count("TradeClosed") == 1
