"""Everything goes through one mailbox: in order, durable first, and nothing odd stops the rest."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest

from executor import session as running
from executor.act import lanes_of
from executor.turn import turn_until
from nija_domain.errors import JournalLocked, OutcomeUnknown
from nija_domain.events import records as ev
from nija_domain.events.session_records import EventQuarantined, VenueFound
from nija_domain.trading.commands import SendCancel, SendOrder
from nija_domain.trading.core import advance
from nija_domain.trading.reports import PlacedOrder
from nija_domain.trading.state import State
from tests.fakes.journals import FakeJournal
from tests.fakes.stages import TIMEFRAME_US
from tests.fakes.stands import HOLD, SYMBOLS, Stand, check_books, holdings_in, run

PATIENCE_S = 20.0
"""Bounds a wait that should be short; no measure of speed."""


class PausedJournal(FakeJournal):
    """A commit waits until it is let go; while it is locked, it is refused."""

    def __init__(self, bodies: Sequence[bytes] = ()) -> None:
        super().__init__(bodies)
        self.free = asyncio.Event()
        self.free.set()
        self.stored = asyncio.Event()
        self.locked = 0
        self.commits = 0

    async def commit(self, events: Sequence[ev.JournalEvent]) -> int:
        await self.free.wait()
        if self.locked:
            self.locked -= 1
            raise JournalLocked("journal j is locked; close what holds it")
        self.commits += 1
        self.stored.set()
        return await super().commit(events)


def funds(amount: int) -> ev.FundsMoved:
    return ev.FundsMoved(at_us=amount, amount=Decimal(amount), reason="test")


async def opened(stand: Stand) -> PausedJournal:
    journal = PausedJournal()
    stand.journal = journal
    await stand.start()
    return journal


def test_what_arrives_during_a_commit_is_in_the_next_one() -> None:
    """Ten observers at once: two commits, in the order of their calls, and no state in between."""
    stand = Stand()

    async def course() -> None:
        journal = await opened(stand)
        before, commits = stand.session.state.book.purse.cash, journal.commits
        journal.free.clear()
        seen = [asyncio.create_task(stand.session.observe([funds(n)])) for n in range(1, 11)]
        await asyncio.sleep(0)
        assert stand.session.state.book.purse.cash == before
        journal.free.set()
        await asyncio.gather(*seen)

        assert stand.session.state.book.purse.cash == before + 55
        assert journal.commits - commits <= 2

    run(course())

    assert [e.at_us for e in stand.journal.events if isinstance(e, ev.FundsMoved)][1:] == [
        *range(1, 11)
    ]


def test_two_orders_whose_answers_never_come_wait_side_by_side() -> None:
    """Each is at the venue before the other is given up: two time-outs take as long as one."""
    stand = Stand(bars=6, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        both = asyncio.Barrier(len(SYMBOLS))

        async def never_answer(order: PlacedOrder) -> str:
            await both.wait()
            raise OutcomeUnknown(f"no answer to {order.client_id}; look it up")

        stand.venue.place_order = never_answer
        stand.clock.at_us += TIMEFRAME_US - stand.clock.at_us % TIMEFRAME_US
        async with asyncio.timeout(PATIENCE_S):
            await stand.turn()

    run(course())

    assert stand.kinds().count("OrderUnknown") == len(SYMBOLS)


def test_sales_and_cancels_go_before_entries() -> None:
    """Within a symbol and among them; one symbol's actions stay one after the other."""

    def order(symbol: str, side: str) -> SendOrder:
        return SendOrder(
            PlacedOrder(
                client_id=f"{symbol}-{side}",
                symbol=symbol,
                side=side,
                quantity=Decimal(1),
                stop_price=None,
            )
        )

    buys = [order(symbol, "buy") for symbol in ("A/USD", "B/USD")]
    sale, cancel = order("B/USD", "sell"), SendCancel("gone")

    assert lanes_of([*buys, sale, cancel], State()) == [[sale, buys[1]], [cancel], [buys[0]]]


def test_an_event_that_the_core_fails_at_is_put_aside_and_told_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its neighbours in the same letter are folded; seen again, it is not told again."""
    stand = Stand()

    def fails_at_seven(state: State, event: ev.JournalEvent) -> object:
        if isinstance(event, ev.FundsMoved) and event.amount == 7:
            raise KeyError("seven")
        return advance(state, event)

    monkeypatch.setattr(running, "advance", fails_at_seven)

    async def course() -> None:
        await stand.start()
        before = stand.session.state.book.purse.cash
        for _ in range(3):
            await stand.session.observe([funds(1), funds(7), funds(2)])

        assert stand.session.state.book.purse.cash == before + 9

    run(course())
    (told,) = (e for e in stand.journal.events if isinstance(e, EventQuarantined))

    assert (told.kind, told.reason) == ("FundsMoved", "KeyError: 'seven'")


@pytest.mark.parametrize("reason", ["\ud800", 5])
def test_an_event_that_cannot_be_stored_is_put_aside_too(reason: object) -> None:
    """A text without an encoding, and a field of another type."""
    stand = Stand()
    odd = ev.FundsMoved(at_us=1, amount=Decimal(5), reason=reason)

    async def course() -> None:
        await stand.start()
        before = stand.session.state.book.purse.cash
        await stand.session.observe([odd, funds(2)])

        assert stand.session.state.book.purse.cash == before + 2

    run(course())

    assert stand.kinds().count("EventQuarantined") == 1


def test_a_fault_in_one_observer_stops_none_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Turn after turn it is told once; exits go on as usual, and nothing is bought until a restart.

    What the faulty part would have said might forbid every entry.
    """
    stand = Stand()

    def fails(_: int) -> list[int]:
        raise ZeroDivisionError("nobody foresaw it")

    async def course() -> None:
        await stand.start()
        await stand.play(1)
        monkeypatch.setattr(stand.releases, "directives_after", fails)
        await stand.play(4)

    run(course())
    fault = stand.kinds().index("EventQuarantined")
    later = stand.journal.events[fault:]
    refused = [event.reason for event in later if isinstance(event, ev.EntryRefused)]
    intents = [event.role for event in later if isinstance(event, ev.OrderIntended)]

    assert stand.kinds().count("EventQuarantined") == 1
    assert "exit" in intents
    assert "entry" not in intents
    assert any("the program failed at" in reason for reason in refused)
    assert holdings_in(stand.session.state) == stand.venue.holdings

    monkeypatch.undo()
    run(stand.restart())

    assert stand.session.state.restrictions.fault == ""


def test_an_answer_that_nobody_understands_is_unknown() -> None:
    """An order may have arrived: it is looked up, found, and never sent again."""
    stand = Stand(strategy=HOLD)
    real = stand.venue.place_order

    async def garbled(order: PlacedOrder) -> str:
        await real(order)
        raise ValueError("an answer without sense")

    async def course() -> None:
        await stand.start()
        stand.venue.place_order = garbled
        await stand.play(2)

    run(course())

    assert stand.kinds().count("OrderUnknown") == len(SYMBOLS)
    assert len(stand.venue.sent) == len(SYMBOLS)
    check_books(stand)


def test_an_answer_waits_for_a_locked_journal() -> None:
    """The order is at the venue: what was answered is recorded as soon as it can be."""
    stand = Stand(strategy=HOLD)

    async def course() -> None:
        journal = await opened(stand)
        real = stand.venue.place_order

        async def lock_then_place(order: PlacedOrder) -> str:
            journal.locked = 2
            return await real(order)

        stand.venue.place_order = lock_then_place
        await stand.play(2)

    run(course())

    assert stand.kinds().count("OrderAccepted") >= len(SYMBOLS)
    assert "OrderUnknown" not in stand.kinds()
    check_books(stand)


def test_a_locked_journal_costs_turns_and_no_process() -> None:
    """What a turn saw and could not record changed nothing; the next turn sees it again."""
    stand = Stand(strategy=HOLD)

    async def course() -> None:
        journal = await opened(stand)
        journal.locked = 5
        journal.stored.clear()
        stop = asyncio.Event()
        live = asyncio.create_task(turn_until(stand.session, stand.switch, stop))
        async with asyncio.timeout(PATIENCE_S):
            await journal.stored.wait()
        stop.set()
        await live

        assert journal.locked == 0

    run(course())

    assert stand.kinds().count("ReleaseActivated") == 1


def test_what_could_not_be_recorded_is_told_again() -> None:
    """A fault that met a locked journal is not forgotten with it."""
    stand = Stand()

    async def course() -> None:
        journal = await opened(stand)
        odd = ev.FundsMoved(at_us=1, amount=Decimal("NaN"), reason="odd")
        journal.locked = 1
        with pytest.raises(JournalLocked):
            await stand.session.observe([odd])
        await stand.session.observe([odd])

    run(course())

    assert stand.kinds().count("EventQuarantined") == 1


def test_a_caller_that_goes_away_takes_nothing_with_it() -> None:
    """Its letter was read: the events are recorded, and the mailbox goes on."""
    stand = Stand()

    async def course() -> None:
        journal, session = await opened(stand), stand.session
        journal.free.clear()
        gone = asyncio.create_task(session.observe([funds(1)]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait([gone])
        journal.free.set()
        await session.observe([VenueFound(at_us=9)])

    run(course())

    assert stand.kinds()[-2:] == ["FundsMoved", "VenueFound"]
