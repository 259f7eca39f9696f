"""Turns of the real session against a venue in memory: from release to trades, through faults."""

import asyncio
from collections.abc import Sequence

import pytest

from executor.turn import turn_until
from nija_domain.errors import VenueUnreachable
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from nija_domain.market.timeframes import SECOND_US
from tests.fakes.journals import FakeJournal
from tests.fakes.stages import TIMEFRAME_US
from tests.fakes.stands import HOLD, SYMBOLS, Stand, check_books, holdings_in, run


@pytest.mark.parametrize("thin", [False, True])
def test_turns_lead_from_a_release_to_closed_trades(thin: bool) -> None:
    """Release, decisions, fills, round trips; the journal replays and the books agree."""
    stand = Stand(thin=thin)

    async def course() -> None:
        await stand.start()
        await stand.play_out()

    run(course())
    kinds = stand.kinds()

    assert kinds.count("ReleaseActivated") == 1
    assert kinds.count("TradeClosed") >= 2
    assert find_first_difference(stand.journal.events) is None
    check_books(stand)


def test_an_entry_carries_its_stop_to_the_venue() -> None:
    """Each purchase goes out with its stop price, each sale without."""
    stand = Stand()

    async def course() -> None:
        await stand.start()
        await stand.play_out()

    run(course())

    assert {order.side for order in stand.venue.sent} == {"buy", "sell"}
    assert all((o.stop_price is not None) == (o.side == "buy") for o in stand.venue.sent)


def test_a_lost_answer_is_looked_up_and_never_sent_again() -> None:
    """Unknown, then found and accepted, then filled; one order for one intent."""
    stand = Stand(strategy=HOLD)
    stand.venue.faults.lost_answers = 1

    async def course() -> None:
        await stand.start()
        await stand.play(2)

    run(course())
    doubt = next(e for e in stand.journal.events if isinstance(e, ev.OrderUnknown))
    story = [
        type(event).__name__
        for event in stand.journal.events
        if getattr(event, "order_id", None) == doubt.order_id
    ]

    assert story[:2] == ["OrderIntended", "OrderUnknown"]
    assert set(story[2:]) == {"OrderSeen", "OrderFilled", "OrderEnded"}
    assert [order.client_id for order in stand.venue.sent].count(doubt.order_id) == 1
    check_books(stand)


def _ends(stand: Stand) -> list[str]:
    return [event.status for event in stand.journal.events if isinstance(event, ev.OrderEnded)]


def test_an_order_that_never_arrived_is_given_up_when_it_can_no_longer_be_hidden() -> None:
    """Its deadline and the longest lag of a look-up, from the doubt; no second order until then."""
    stand = Stand(strategy=HOLD)
    stand.venue.faults.lost_orders = 1

    async def course() -> None:
        await stand.start()
        await stand.play(1, turns=69)
        assert "OrderEnded" not in stand.kinds()
        await stand.turn(after_us=12 * SECOND_US)

    run(course())

    assert _ends(stand) == ["lost"]
    assert stand.kinds().count("OrderNotFound") >= 7
    assert len(stand.venue.sent) == len(SYMBOLS)


def test_a_decision_taken_up_late_has_the_whole_deadline() -> None:
    """The doubt counts, not the bar: minutes after the close a lost answer is still looked up."""
    stand = Stand(strategy=HOLD)
    stand.venue.faults.lost_answers = 1
    stand.venue.faults.order_delay_us = 5 * SECOND_US

    async def course() -> None:
        await stand.start()
        stand.clock.at_us += TIMEFRAME_US + 120 * SECOND_US
        for _ in range(8):
            await stand.turn()

    run(course())

    assert "OrderUnknown" in stand.kinds()
    assert "OrderEnded" not in stand.kinds()


def test_an_order_that_a_venue_hides_too_long_is_sold_again() -> None:
    """Given up after seventy seconds, shown after five minutes: it is taken in, and left."""
    stand = Stand(strategy=HOLD)
    stand.venue.faults.lost_answers = 1
    stand.venue.faults.order_delay_us = 310 * SECOND_US

    async def course() -> None:
        await stand.start()
        await stand.play(1, turns=100)
        assert "lost" in _ends(stand)
        stand.venue.faults.order_delay_us = 0
        for _ in range(700):
            await stand.turn()

    run(course())
    left = [e for e in stand.journal.events if isinstance(e, ev.ExitBegun)]

    assert [event.reason for event in left] == ["it was given up before"]
    assert stand.kinds().count("TradeClosed") == 1
    assert find_first_difference(stand.journal.events) is None
    check_books(stand)


def test_a_refused_order_is_over() -> None:
    """No doubt, no look-up, no position; a later bar may wish again."""
    stand = Stand(strategy=HOLD)
    stand.venue.faults.refusals = 2

    async def course() -> None:
        await stand.start()
        await stand.play(1)
        assert stand.session.state.book.positions == {}
        await stand.play(2)

    run(course())

    assert stand.kinds().count("OrderRefused") == 2
    assert holdings_in(stand.session.state).keys() == set(SYMBOLS)
    check_books(stand)


@pytest.mark.parametrize("bars", [0.1, 1.1, 2.5, 3.5])
def test_a_stop_that_shows_late_is_waited_for(bars: float) -> None:
    """An exit asked for meanwhile waits, then takes the stop back, then sells: never twice."""
    stand = Stand()
    stand.venue.faults.stop_delay_us = int(bars * TIMEFRAME_US)

    async def course() -> None:
        await stand.start()
        await stand.play_out()

    run(course())

    assert "TradeClosed" in stand.kinds()
    assert find_first_difference(stand.journal.events) is None
    check_books(stand)


def test_a_lost_cancel_is_sent_again_in_seconds() -> None:
    """The exit goes on within the bar."""
    stand = Stand()
    stand.venue.faults.lost_cancels = 3

    async def course() -> None:
        await stand.start()
        await stand.play_out()

    run(course())

    assert stand.kinds().count("TradeClosed") >= 2
    assert find_first_difference(stand.journal.events) is None
    check_books(stand)


@pytest.mark.parametrize("calls_before", range(0, 60, 4))
def test_a_venue_that_falls_silent_costs_turns_only(calls_before: int) -> None:
    """Whichever call meets the silence: the turn is given up, the session goes on whole."""
    stand = Stand(bars=8)

    async def course() -> None:
        await stand.start()
        while stand.venue.calls < calls_before:
            await stand.play(1)
        stand.venue.faults.unreachable_calls = 3
        while stand.venue.faults.unreachable_calls:
            try:
                await stand.turn(after_us=TIMEFRAME_US // 2)
            except VenueUnreachable:
                continue
        await stand.play(4)

    run(course())

    assert find_first_difference(stand.journal.events) is None
    check_books(stand)


class _LastWord(FakeJournal):
    """Asks for a stop once a bar has been decided."""

    def __init__(self, stop: asyncio.Event) -> None:
        super().__init__()
        self._stop = stop

    def append(self, events: Sequence[ev.JournalEvent]) -> int:
        if any(isinstance(event, ev.DecisionDue) for event in events):
            self._stop.set()
        return super().append(events)


def test_the_loop_outlives_a_silent_venue() -> None:
    """The loop itself swallows the silence, and a stop ends it between turns."""
    stand = Stand(strategy=HOLD)

    async def course() -> None:
        stop = asyncio.Event()
        stand.journal = _LastWord(stop)
        await stand.start()
        stand.venue.faults.unreachable_calls = 2
        stand.clock.at_us += TIMEFRAME_US
        await turn_until(stand.session, stand.switch, stop)

    run(course())

    assert stand.venue.faults.unreachable_calls == 0
    assert stand.kinds().count("DecisionDue") == 1
    assert len(stand.venue.sent) == len(SYMBOLS)


@pytest.mark.parametrize(("calls", "expected"), [(2, 0), (9, 1)])
def test_a_venue_that_stays_silent_is_journaled_once(calls: int, expected: int) -> None:
    """So that people hear of it; a moment's silence is not worth a record."""
    stand = Stand(strategy=HOLD)

    async def course() -> None:
        stop = asyncio.Event()
        stand.journal = _LastWord(stop)
        await stand.start()
        stand.venue.faults.unreachable_calls = calls
        stand.clock.at_us += TIMEFRAME_US
        await turn_until(stand.session, stand.switch, stop)
        stop.clear()
        asyncio.get_running_loop().call_later(0, stop.set)
        await turn_until(stand.session, stand.switch, stop)

    run(course())
    kinds = stand.kinds()

    assert kinds.count("VenueLost") == kinds.count("VenueFound") == expected
    assert find_first_difference(stand.journal.events) is None


def test_a_late_candle_holds_the_bar_back_for_the_grace() -> None:
    """Until half a bar has passed nothing is decided; the late one then misses this bar only."""
    stand = Stand(strategy=HOLD)
    stand.venue.faults.candle_delay_us = {"SOL/USD": 200 * SECOND_US}

    async def course() -> None:
        await stand.start()
        await stand.play(1)
        assert "DecisionDue" not in stand.kinds()
        await stand.turn(after_us=160 * SECOND_US)
        assert stand.kinds().count("DecisionDue") == 1
        await stand.turn(after_us=60 * SECOND_US)

    run(course())
    bought = {e.symbol for e in stand.journal.events if isinstance(e, ev.OrderIntended)}
    times = {market.ts_us for market in stand.session.state.market.symbols.values()}

    assert bought == {"BTC/USD"}
    assert stand.kinds().count("DecisionDue") == 1
    assert len(times) == 1


@pytest.mark.parametrize("fault", ["delisted", "halted"])
def test_a_symbol_that_ends_does_not_hold_the_others_back(fault: str) -> None:
    """Nobody waits for its bar after the first one missed; what is held in it keeps its stop."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(3)
        if fault == "delisted":
            stand.venue.faults.delisted.add(SYMBOLS[1])
        else:
            stand.venue.faults.candle_delay_us[SYMBOLS[1]] = 100 * TIMEFRAME_US
        await stand.play(3, turns=400)
        seen = len(stand.journal.events)
        await stand.play(3, turns=1)
        await stand.restart()
        await stand.play(2, turns=1)
        late = stand.journal.events[seen:]
        decided = [event for event in late if isinstance(event, ev.DecisionDue)]

        assert len(decided) == 5
        assert {e.symbol for e in late if isinstance(e, ev.CandleClosed)} == {SYMBOLS[0]}
        assert SYMBOLS[1] in stand.venue.holdings
        assert stand.naked() == []

    run(course())
