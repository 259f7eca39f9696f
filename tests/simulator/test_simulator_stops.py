"""The native stop of an entry, through partial fills, cancels and delays."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.trading.matching import FillModel
from simulator.engine import Engine
from simulator.orders import VenueOrder
from simulator.refusals import Refusal
from tests.fakes.venue_engines import BAR_US, END_US, START_US, buy, engine, price_near, sell

DELAY_US = 700_000_000
FAR = Decimal(10_000)


def stops_of(venue: Engine, entry: VenueOrder) -> list[VenueOrder]:
    orders = (venue.open_orders | venue.closed_orders).values()
    return [order for order in orders if order.parent_txid == entry.txid]


def bought(venue: Engine, entry: VenueOrder) -> Decimal:
    return sum((t.quantity for t in venue.trades.values() if t.txid == entry.txid), Decimal(0))


def test_a_cancelled_entry_leaves_the_stop_of_what_it_had_bought() -> None:
    """Cancelled half-way, it protects exactly that half, and nothing more is bought."""
    venue = engine()
    entry = venue.place(buy("0.9", close_price=FAR))
    venue.advance(START_US + BAR_US)
    venue.cancel(venue.open_orders[entry.txid])
    half = bought(venue, entry)
    venue.advance(END_US)
    (stop,) = stops_of(venue, entry)

    assert 0 < half < Decimal("0.9")
    assert stop.ticket.quantity == bought(venue, entry) == half


def test_a_stop_that_was_cancelled_while_the_entry_fills_gets_a_successor_for_the_rest() -> None:
    """What the client laid bare stays bare; what is bought later is protected again."""
    venue = engine()
    entry = venue.place(buy("0.05", close_price=FAR))
    (first,) = stops_of(venue, entry)
    bare = bought(venue, entry)
    venue.cancel(first)
    venue.advance(END_US)
    (second,) = [stop for stop in stops_of(venue, entry) if stop.status == "open"]

    assert second.ticket.quantity == Decimal("0.05") - bare
    assert venue.balances.totals["XXBT"] == Decimal("0.05")


def test_a_stop_that_has_begun_to_sell_can_be_cancelled_for_the_rest() -> None:
    """Triggered and partly filled, its remainder is free to be sold by hand."""
    venue = engine()
    entry = venue.place(buy("0.05", close_price=price_near(0.5)))
    begun: list[VenueOrder] = []
    while not begun:
        venue.advance(venue.now_us + BAR_US // 8)
        begun = [o for o in venue.open_orders.values() if o.parent_txid and o.filled]
    (stop,) = begun
    venue.cancel(stop)
    sold = venue.place(sell(str(stop.remaining)))

    assert stop.parent_txid == entry.txid
    assert 0 < stop.filled < stop.ticket.quantity
    assert sold.ticket.quantity == stop.remaining


@settings(max_examples=25, deadline=None)
@given(
    looks_us=st.lists(st.integers(START_US, END_US), max_size=20),
    quantity=st.integers(1, 60),
)
def test_a_late_stop_comes_when_it_is_due_however_often_the_venue_is_asked(
    looks_us: list[int], quantity: int
) -> None:
    """Each lot is naked for the delay and protected from then on; looks change nothing."""
    ends = []
    for looks in ([], sorted(looks_us)):
        venue = engine()
        venue.place(buy(str(Decimal(quantity) / 1_000), close_price=FAR), stop_delay_us=DELAY_US)
        for at_us in [*looks, END_US]:
            venue.advance(at_us)
        ends.append((venue.happenings, venue.open_orders, venue.balances.totals))

    assert ends[0] == ends[1]


def test_a_late_stop_is_not_there_before_it_is_due() -> None:
    """A microsecond decides."""
    venue = engine(model=FillModel())
    entry = venue.place(buy("0.01", close_price=FAR), stop_delay_us=DELAY_US)
    venue.advance(START_US + DELAY_US - 1)
    before = stops_of(venue, entry)
    venue.advance(START_US + DELAY_US)
    (stop,) = stops_of(venue, entry)

    assert before == []
    assert (stop.opened_us, stop.ticket.quantity) == (START_US + DELAY_US, Decimal("0.01"))


def test_a_late_stop_protects_only_what_was_not_sold_meanwhile() -> None:
    """It never holds more than is there, so that it can't become a sale of nothing."""
    left = {}
    for sold in ("0.004", "0.01"):
        venue = engine(model=FillModel())
        entry = venue.place(buy("0.01", close_price=FAR), stop_delay_us=DELAY_US)
        venue.place(sell(sold))
        venue.advance(END_US)
        left[sold] = [stop.ticket.quantity for stop in stops_of(venue, entry)]

    assert left == {"0.004": [Decimal("0.006")], "0.01": []}


def test_what_a_late_stop_will_need_is_free_until_it_comes() -> None:
    """Before, it can be sold; after, it is held."""
    venue = engine(model=FillModel())
    venue.place(buy("0.01", close_price=FAR), stop_delay_us=DELAY_US)
    venue.advance(START_US + DELAY_US)

    with pytest.raises(Refusal, match="EOrder:Insufficient funds"):
        venue.place(sell("0.01"))


def test_a_venue_may_give_each_fill_a_stop_of_its_own() -> None:
    """As many stops as fills, each with its fill's quantity, and together all that was bought."""
    venue = engine(is_close_per_fill=True)
    entry = venue.place(buy("0.05", close_price=FAR))
    venue.advance(END_US)
    fills = [trade.quantity for trade in venue.trades.values() if trade.txid == entry.txid]

    assert len(fills) > 2
    assert [stop.ticket.quantity for stop in stops_of(venue, entry)] == fills
