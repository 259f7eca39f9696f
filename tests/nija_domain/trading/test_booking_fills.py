"""What each kind of fill does to cash, position and stop, by hand."""

from decimal import Decimal
from functools import reduce

from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.market.timeframes import SECOND_US
from nija_domain.trading.commands import Record, SendCancel
from nija_domain.trading.core import advance, step
from nija_domain.trading.fold import fold
from nija_domain.trading.orders import ENDED_MAX, Order, Orders
from tests.fakes.sessions import (
    NOON_US,
    POSITION,
    accepted,
    closed,
    filled,
    intended,
    open_state,
)


def test_an_entry_fill_opens_a_position_with_its_stop() -> None:
    """Cash pays value and fee, the position holds the quantity, its stop is expected."""
    state = open_state(intended("e1", quantity="2"), accepted("e1"))
    after = fold(state, filled("e1", "t1", quantity="2", price="100", fee="0.5"))

    assert after.book.purse.cash == state.book.purse.cash - Decimal("200.5")
    assert after.book.positions[POSITION].quantity == 2
    assert [stop.order_id for stop in after.book.orders.stops_of("e1")] == ["e1-stop"]


def test_a_round_trip_reports_gross_and_fees_apart() -> None:
    """Bought at 100 and 102, sold at 110: each money is exact."""
    state = open_state(
        intended("e1", quantity="2"),
        accepted("e1"),
        filled("e1", "t1", quantity="1", price="100", fee="0.1"),
        filled("e1", "t2", quantity="1", price="102", fee="0.1"),
        closed("e1"),
        accepted("e1-stop"),
    )
    made = advance(state, filled("e1-stop", "t3", side="sell", quantity="2", price="110", fee="1"))
    trade = made.records[-1]

    assert isinstance(trade, ev.TradeClosed)
    assert (trade.gross, trade.fees, trade.entry_price) == (18, Decimal("1.2"), 101)
    assert made.state.book.positions == {}


def test_a_stop_that_fills_takes_its_entry_back() -> None:
    """A stop sells while the entry still buys: the rest of the entry is cancelled at once."""
    state = open_state(
        intended("e1", quantity="2"),
        accepted("e1"),
        filled("e1", "t1", quantity="1", price="100"),
        accepted("e1-stop"),
    )
    made = advance(state, filled("e1-stop", "t2", side="sell", quantity="1", price="95"))

    assert made.actions == (SendCancel("e1"),)
    assert POSITION in made.state.book.positions


def test_a_late_entry_fill_reopens_the_trade_and_closes_it_whole() -> None:
    """An entry that fills after its stop has sold is one round trip with what came before."""
    state = open_state(
        intended("e1", quantity="2"),
        accepted("e1"),
        filled("e1", "t1", quantity="1", price="100"),
        accepted("e1-stop"),
        filled("e1-stop", "t2", side="sell", quantity="1", price="95"),
        closed("e1-stop"),
        filled("e1", "t3", quantity="1", price="96"),
        closed("e1"),
    )
    assert [s.order_id for s in state.book.orders.stops_of("e1")] == ["e1-stop", "e1-stop-2"]
    state = fold(state, accepted("e1-stop-2"))
    made = advance(state, filled("e1-stop-2", "t4", side="sell", quantity="1", price="94"))
    trade = made.records[-1]

    assert isinstance(trade, ev.TradeClosed)
    assert (trade.quantity, trade.gross) == (2, Decimal(-7))


def test_a_successor_that_the_core_did_not_expect_is_taken_in() -> None:
    """A second stop of one entry, shown while the first still sells, is an order of ours."""
    state = open_state(
        intended("e1", quantity="2"),
        accepted("e1"),
        filled("e1", "t1", quantity="1", price="100"),
        accepted("e1-stop"),
        accepted("e1-stop-2"),
    )

    assert [s.venue_id for s in state.book.orders.stops_of("e1")] == ["v-e1-stop", "v-e1-stop-2"]


def test_a_stop_that_fills_before_its_cancel_ends_the_exit() -> None:
    """The race is lost without harm: nothing more is sold."""
    state = open_state(
        intended("e1", quantity="1"),
        accepted("e1"),
        filled("e1", "t1", quantity="1", price="100"),
        closed("e1"),
        accepted("e1-stop"),
        ev.CancelIntended(at_us=NOON_US, order_id="e1-stop", reason="leave", position_id=POSITION),
    )
    made = advance(state, filled("e1-stop", "t2", side="sell", quantity="1", price="95"))
    after = advance(made.state, closed("e1-stop"))

    assert [type(r).__name__ for r in made.records] == ["OrderFilled", "TradeClosed"]
    assert after.actions == ()


def test_a_stop_half_filled_before_its_cancel_leaves_half_to_sell() -> None:
    """The sale that follows is of what is left, not of what was bought."""
    state = open_state(
        intended("e1", quantity="2"),
        accepted("e1"),
        filled("e1", "t1", quantity="2", price="100"),
        closed("e1"),
        accepted("e1-stop"),
        ev.CancelIntended(at_us=NOON_US, order_id="e1-stop", reason="leave", position_id=POSITION),
        filled("e1-stop", "t2", side="sell", quantity="0.5", price="95"),
    )
    made = advance(state, closed("e1-stop", status="canceled"))
    sale = made.records[-1]

    assert isinstance(sale, ev.OrderIntended)
    assert (sale.side, sale.quantity) == ("sell", Decimal("1.5"))


def test_the_stop_stays_until_the_entry_has_ended() -> None:
    """Out of a half-bought position: the entry is taken back first, then the stop, then sold."""
    state = open_state(
        intended("e1", quantity="2"),
        accepted("e1"),
        filled("e1", "t1", quantity="1", price="100"),
        accepted("e1-stop"),
        ev.SignalGiven(
            at_us=NOON_US,
            symbol="BTC/USD",
            action="exit",
            share=0.0,
            stop_fraction=0.0,
            config_id="trend:BTC/USD:aggressive",
            reasoning="leave",
            agent="trend",
        ),
    )
    first = advance(state, ev.DecisionDue(at_us=NOON_US, ts_us=NOON_US))
    second = advance(first.state, closed("e1", status="canceled"))
    third = advance(second.state, closed("e1-stop", status="canceled"))

    assert first.actions == (SendCancel("e1"),)
    assert second.actions == (SendCancel("e1-stop"),)
    assert [type(r).__name__ for r in third.records] == ["OrderClosed", "OrderIntended"]


def test_a_lost_cancel_is_sent_again_after_five_seconds() -> None:
    """An order that was to be cancelled and lives on is cancelled again, and recorded once."""
    state = open_state(
        intended("e1", quantity="1"),
        accepted("e1"),
        filled("e1", "t1", quantity="1", price="100"),
        closed("e1"),
        accepted("e1-stop"),
        ev.CancelIntended(at_us=NOON_US, order_id="e1-stop", reason="leave", position_id=POSITION),
    )
    early = advance(state, ev.TimePassed(at_us=NOON_US + 4 * SECOND_US))
    made = advance(state, ev.TimePassed(at_us=NOON_US + 5 * SECOND_US))

    assert early.actions == ()
    assert made.actions == (SendCancel("e1-stop"),)
    assert len(made.records) == 1


def test_a_cancel_that_waited_for_the_venues_id_goes_out_with_it() -> None:
    """An unseen stop cannot be named to the venue; once it is shown, it is cancelled."""
    state = open_state(
        intended("e1", quantity="1"),
        accepted("e1"),
        filled("e1", "t1", quantity="1", price="100"),
        ev.CancelIntended(at_us=NOON_US, order_id="e1-stop", reason="leave", position_id=POSITION),
    )

    assert advance(state, accepted("e1-stop")).actions == (SendCancel("e1-stop"),)


def test_an_unknown_order_freezes_its_symbol() -> None:
    """While an order may live, a wish to enter its symbol is refused."""
    state = open_state(
        intended("e1", quantity="1"),
        ev.OrderUnknown(at_us=NOON_US, order_id="e1", reason="time-out"),
    )
    wish = ev.SignalGiven(
        at_us=NOON_US,
        symbol="BTC/USD",
        action="enter",
        share=1.0,
        stop_fraction=0.05,
        config_id="trend:BTC/USD:aggressive",
        reasoning="again",
        agent="trend",
    )
    state = fold(state, wish)
    _, commands = step(state, ev.DecisionDue(at_us=NOON_US, ts_us=NOON_US))
    refusals = [c.event for c in commands if isinstance(c, Record)]

    assert [type(r).__name__ for r in refusals] == ["EntryRefused"]


def test_an_order_given_up_as_lost_lives_again_when_shown() -> None:
    """The venue is right: what it shows late is booked, not forgotten."""
    state = open_state(
        intended("e1", quantity="1"),
        ev.OrderUnknown(at_us=NOON_US, order_id="e1", reason="time-out"),
        closed("e1", status="lost"),
        accepted("e1"),
        filled("e1", "t1", quantity="1", price="100"),
    )

    assert "e1" in state.book.orders.live
    assert state.book.positions[POSITION].quantity == 1


def test_what_has_ended_stays_ended() -> None:
    """A late doubt or refusal of an order that the venue has closed changes nothing."""
    state = open_state(intended("e1"), accepted("e1"), closed("e1", status="canceled"))
    doubt = ev.OrderUnknown(at_us=NOON_US, order_id="e1", reason="late")
    refusal = ev.OrderRefused(at_us=NOON_US, order_id="e1", reason="late")

    assert fold(state, doubt) == state
    assert fold(state, refusal) == state
    assert fold(state, accepted("e1")) == state


def _order(name: str, status: str) -> Order:
    order = open_state(intended("e1")).book.orders.live["e1"]
    return replace(order, order_id=name, status=status, venue_id=f"v-{name}")


def _after(orders: Orders, *ends: Order) -> Orders:
    return reduce(lambda known, order: known.put(order), ends, orders)


def test_the_order_that_closed_first_is_forgotten_first() -> None:
    """An old order that has just closed is remembered; its late fill still finds it."""
    others = [_order(f"n{count}", "closed") for count in range(ENDED_MAX + 10)]
    orders = _after(Orders(), _order("old", "accepted"), *others, _order("old", "closed"))

    assert orders.get("old") is not None
    assert orders.get("n0") is None
    assert orders.of_venue("v-n0") is None
    assert len(orders.ended) == len(orders.venue_ids) == ENDED_MAX


def test_the_orders_of_a_position_are_never_forgotten() -> None:
    """Entry and stop stay as long as the position that names them."""
    book = open_state(
        intended("e1", quantity="1"),
        accepted("e1"),
        filled("e1", "t1", quantity="1", price="100"),
        closed("e1"),
        accepted("e1-stop"),
        closed("e1-stop", status="canceled"),
    ).book
    for count in range(ENDED_MAX + 10):
        book = book.with_order(_order(f"n{count}", "closed"))

    assert {"e1", "e1-stop"} <= book.orders.ended.keys()


def test_an_order_is_found_by_every_name() -> None:
    """By our id and the venue's, live and ended, in its symbol and its position."""
    book = open_state(intended("e1"), accepted("e1")).book
    order = book.orders.get("e1")

    assert order is not None
    assert book.orders.of_venue("v-e1") == order
    assert book.orders.live_in("BTC/USD") == book.orders.live_of(order.position_id) == [order]
    assert book.orders.live_in("ETH/USD") == []
