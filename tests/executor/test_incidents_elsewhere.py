"""What befell users of other systems, played on the real session: docs/reliability.md."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from nija_domain.errors import OutcomeUnknown, VenueRefused
from nija_domain.events import records as ev
from nija_domain.events.session_records import EventQuarantined
from nija_domain.market.timeframes import MINUTE_US, SECOND_US
from nija_domain.trading.account_changes import SOLD_BY_HAND
from nija_domain.trading.reports import FillReport, OddRow, OrderReport, PlacedOrder
from tests.fakes.stages import TIMEFRAME_US
from tests.fakes.stands import HOLD, SYMBOLS, Stand, check_books, run


def _sales(stand: Stand) -> list[PlacedOrder]:
    return [o for o in stand.venue.sent if o.side == "sell" and o.trigger_price is None]


def test_a_sale_whose_answer_is_lost_sells_once() -> None:
    """The venue has it and hides it for half a minute: the coins are kept for it, and go once."""
    stand, struck = Stand(), list[str]()

    async def course() -> None:
        await stand.start()
        await stand.play(1)
        place = stand.venue.place_order

        async def place_order(order: PlacedOrder) -> str:
            is_sale = order.side == "sell" and order.trigger_price is None
            if struck or not is_sale:
                return await place(order)
            struck.append(order.client_id)
            stand.venue.faults.order_delay_us = 30 * SECOND_US
            await place(order)
            stand.venue.faults.order_delay_us = 0
            raise OutcomeUnknown("no answer; look it up")

        stand.venue.place_order = place_order  # type: ignore[method-assign]
        await stand.play(1, turns=90)
        await stand.play_out()

    run(course())
    again = [order for order in _sales(stand) if order.client_id == struck[0]]

    assert len(again) == 1
    assert "OrderUnknown" in stand.kinds()
    assert "AssetOversold" not in stand.kinds()
    check_books(stand)


def test_a_position_outlives_what_the_venue_still_tells_of_it() -> None:
    """Its fills are beyond the venue's history: what is held is known from the journal alone."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        before = stand.session.state.book.positions

        async def nothing(**_: int) -> list[FillReport | OddRow]:
            return []

        async def open_alone(**_: int) -> list[OrderReport | OddRow]:
            return await stand.venue.fetch_open_orders()

        stand.venue.fetch_fills = nothing  # type: ignore[method-assign]
        stand.venue.fetch_orders = open_alone  # type: ignore[method-assign]
        await stand.restart()
        await stand.turn(after_us=MINUTE_US)

        assert stand.session.state.book.positions == before
        await stand.play(3)

    run(course())

    assert len(stand.venue.sent) == len(stand.session.state.book.positions) == len(SYMBOLS)
    check_books(stand)


def test_a_stop_that_no_list_shows_is_not_taken_for_gone() -> None:
    """Absence proves nothing: a second stop would sell twice what is held."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        fetch = stand.venue.fetch_orders

        async def none_open() -> list[OrderReport | OddRow]:
            return []

        async def without_stops(*, since_us: int) -> list[OrderReport | OddRow]:
            rows = await fetch(since_us=since_us)
            return [each for each in rows if getattr(each, "kind", "") != "stop-loss"]

        stand.venue.fetch_open_orders = none_open  # type: ignore[method-assign]
        stand.venue.fetch_orders = without_stops  # type: ignore[method-assign]
        await stand.play(2, turns=30)

    run(course())

    assert {order.side for order in stand.venue.sent} == {"buy"}
    check_books(stand)


def _gone_before_its_cancel(stand: Stand) -> list[str]:
    """Each stop is away when its cancel comes, so that the venue knows no such order."""
    cancel, told = stand.venue.cancel_order, list[str]()

    async def cancel_order(venue_id: str) -> None:
        told.append(venue_id)
        await cancel(venue_id)
        raise VenueRefused("EOrder:Unknown order")

    stand.venue.cancel_order = cancel_order  # type: ignore[method-assign]
    return told


def test_cancelling_what_is_already_gone_ends_in_a_sale() -> None:
    """Through five restarts: no loop of cancels, no crash, and the exit goes on."""
    stand = Stand()

    async def course() -> None:
        await stand.start()
        await stand.play(1)
        told.extend([_gone_before_its_cancel(stand)])
        await stand.play(1, turns=1)
        for _ in range(5):
            await stand.restart()
            await stand.turn()
        await stand.play_out()

    told = list[list[str]]()
    run(course())

    assert len(told[0]) == len(set(told[0])) > 0
    assert "TradeClosed" in stand.kinds()
    check_books(stand)


def test_stops_that_keep_ending_are_replaced_so_often_and_no_more() -> None:
    """Somebody cancels each one as it comes: after five the position is sold instead."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        for _ in range(TIMEFRAME_US // SECOND_US):
            for slip in _stops(stand, "BTC/USD"):
                await stand.venue.cancel_order(f"V-{slip}")
            await stand.turn()

    run(course())
    ours = [o for o in stand.venue.sent if o.symbol == "BTC/USD" and o.trigger_price is not None]
    begun = [event for event in stand.journal.events if isinstance(event, ev.ExitBegun)]

    assert len(ours) == 5
    assert [event.reason for event in begun] == ["5 stops ended"]
    assert "TradeClosed" in stand.kinds()


def _stops(stand: Stand, symbol: str) -> Iterator[str]:
    for slip in stand.venue.resting(symbol):
        if slip.order.side == "sell" and slip.order.kind == "stop-loss":
            yield slip.order.order_id


@pytest.mark.parametrize("reason", ["stop", SOLD_BY_HAND])
def test_what_ends_a_position_while_nothing_runs_is_booked_after_the_start(reason: str) -> None:
    """Its stop filled, or a person sold it: once the venue tells, the round trip ends."""
    stand = Stand(bars=20, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(3)
        await stand.turn(after_us=3 * MINUTE_US)
        if reason == "stop":
            stand.venue.crash("BTC/USD", to=1.0)
        else:
            stand.venue.sell_by_hand("BTC/USD", stand.venue.holdings["BTC/USD"])
        await stand.restart()
        for _ in range(40):
            await stand.turn(after_us=5 * SECOND_US)

    run(course())
    closed = [event for event in stand.journal.events if isinstance(event, ev.TradeClosed)]

    assert [(event.symbol, event.reason) for event in closed] == [("BTC/USD", reason)]
    assert _sales(stand) == []


def test_a_kill_switch_that_cannot_be_read_stops_entries() -> None:
    """The look at it fails turn after turn: nothing more is bought, and exits go on."""
    stand = Stand()

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        bought.append(_bought(stand))

        def fail() -> str | None:
            raise OSError("input/output error")

        stand.switch.reason = fail  # type: ignore[method-assign]
        await stand.play_out()

    bought = list[Decimal]()
    run(course())
    told = [event for event in stand.journal.events if isinstance(event, EventQuarantined)]

    assert bought[0] > 0
    assert _bought(stand) == bought[0]
    assert len(told) == 1
    assert stand.venue.holdings == {}


def _bought(stand: Stand) -> Decimal:
    return sum((o.quantity for o in stand.venue.sent if o.side == "buy"), start=Decimal(0))
