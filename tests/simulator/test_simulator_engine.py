from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from nija_domain.trading.matching import FillModel
from simulator.engine import Engine
from simulator.listings import CASH_ASSET
from simulator.orders import Ticket, VenueOrder
from simulator.refusals import Refusal
from simulator.tape import Tape
from simulator.touches import Touch, first_touch
from tests.fakes.venue_engines import (
    BAR_US,
    BTC,
    CANDLES,
    CASH,
    END_US,
    START_US,
    buy,
    courses,
    engine,
    sell,
)


def play(course: list[tuple[int, Ticket]], *, looks_us: list[int]) -> Engine:
    """The course of orders, with looks at the venue in between."""
    venue = engine()
    events = sorted(
        [(at, 0, ticket) for at, ticket in course] + [(at, 1, None) for at in looks_us],
        key=lambda event: event[:2],
    )
    for at_us, _, ticket in events:
        venue.advance(at_us)
        if ticket is not None:
            try:
                venue.place(ticket)
            except Refusal:
                continue
    venue.advance(END_US)
    return venue


@settings(max_examples=30, deadline=None)
@given(course=courses(), looks_us=st.lists(st.integers(START_US, END_US), max_size=60))
def test_how_often_the_venue_is_asked_changes_no_fill(
    course: list[tuple[int, Ticket]], looks_us: list[int]
) -> None:
    """The same orders at the same moments get the same trades and the same ends."""
    unwatched, watched = play(course, looks_us=[]), play(course, looks_us=looks_us)

    assert watched.trades == unwatched.trades
    assert watched.open_orders == unwatched.open_orders
    assert watched.closed_orders == unwatched.closed_orders
    assert watched.happenings == unwatched.happenings


def test_a_venue_that_trades_only_when_looked_at_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison above notices fills that happen at the moments of asking."""

    def touch_when_looked_at(
        order: VenueOrder, *, tape: Tape, tick_size: Decimal, to_us: int, searched_us: int
    ) -> Touch | None:
        now = replace(order, active_from_us=max(order.active_from_us, to_us))
        return first_touch(
            now, tape=tape, tick_size=tick_size, to_us=to_us, searched_us=searched_us
        )

    monkeypatch.setattr("simulator.engine.first_touch", touch_when_looked_at)
    course = [(START_US, buy("0.5"))]

    assert play(course, looks_us=[START_US + BAR_US]).trades != play(course, looks_us=[]).trades


@settings(max_examples=30, deadline=None)
@given(course=courses())
def test_money_is_neither_made_nor_lost(course: list[tuple[int, Ticket]]) -> None:
    """Balances are what the trades say, none is overdrawn, and orders add up to their trades."""
    venue = play(course, looks_us=[])
    trades = venue.trades.values()
    signs = [(1 if trade.side == "buy" else -1, trade) for trade in trades]
    orders = (venue.open_orders | venue.closed_orders).values()

    assert venue.balances.totals[CASH_ASSET] == CASH - sum(
        sign * trade.quantity * trade.price + trade.fee for sign, trade in signs
    )
    assert venue.balances.totals["XXBT"] == sum(sign * trade.quantity for sign, trade in signs)
    assert min(venue.balances.totals.values()) >= 0
    for order in orders:
        own = [venue.trades[trade_id] for trade_id in order.trade_ids]
        assert order.filled == sum((trade.quantity for trade in own), Decimal(0))


@settings(max_examples=30, deadline=None)
@given(course=courses())
def test_no_trade_is_better_than_its_orders_price(course: list[tuple[int, Ticket]]) -> None:
    """Limits are kept, and a stop never sells above its trigger nor buys below it."""
    venue = play(course, looks_us=[])
    orders = venue.open_orders | venue.closed_orders
    for trade in venue.trades.values():
        price = orders[trade.txid].ticket.price
        if trade.kind == "limit":
            assert (trade.price <= price) == (trade.side == "buy") or trade.price == price
        if trade.kind == "stop-loss" and trade.trade_id == orders[trade.txid].trade_ids[0]:
            assert (trade.price >= price) == (trade.side == "buy") or trade.price == price


def test_a_market_order_takes_what_a_walk_gives_and_goes_on_at_the_next() -> None:
    """Its trades stand at its own moment and at the starts of the walks that follow."""
    venue = engine()
    venue.advance(START_US + 10_000_000)
    order = venue.place(buy("0.05"))
    first_fills = len(venue.trades)
    venue.advance(END_US)
    at_us = [trade.at_us - START_US for trade in venue.trades.values()]

    assert first_fills == 1
    assert len(at_us) > 2
    assert at_us[:3] == [10_000_000, 75_000_000, 225_000_000]
    assert venue.closed_orders[order.txid].filled == Decimal("0.05")


def test_the_stop_of_an_entry_grows_with_every_fill() -> None:
    """At each moment it protects exactly what was bought, and names the entry as its parent."""
    venue = engine()
    entry = venue.place(buy("0.05", close_price=Decimal(10_000)))
    protected = []
    for at_us in range(START_US, START_US + 8 * BAR_US, BAR_US // 8):
        venue.advance(at_us)
        (stop,) = [o for o in venue.open_orders.values() if o.parent_txid == entry.txid]
        bought = sum(t.quantity for t in venue.trades.values() if t.txid == entry.txid)
        protected.append(stop.ticket.quantity)
        assert stop.ticket.quantity == bought

    assert protected[0] < protected[-1] == Decimal("0.05")


def test_a_stop_sells_everything_once_the_price_came_to_it() -> None:
    """Also over several walks, and though the price may have risen again in between."""
    venue = engine()
    low = Decimal(str(float(CANDLES[BTC].low.min())))
    entry = venue.place(buy("0.01", close_price=low))
    venue.advance(END_US)
    (stop,) = [o for o in venue.closed_orders.values() if o.parent_txid == entry.txid]

    assert stop.status == "closed"
    assert stop.filled == Decimal("0.01")
    assert venue.balances.totals["XXBT"] == 0


def test_what_a_stop_holds_can_not_be_sold_until_it_is_cancelled() -> None:
    """The base belongs to the stop; after the cancel it is free."""
    venue = engine(model=FillModel())
    entry = venue.place(buy("0.01", close_price=Decimal(10_000)))
    (stop,) = [o for o in venue.open_orders.values() if o.parent_txid == entry.txid]
    with pytest.raises(Refusal, match="EOrder:Insufficient funds"):
        venue.place(sell("0.01"))
    venue.cancel(stop)
    venue.place(sell("0.01"))

    assert venue.balances.totals["XXBT"] == 0
    assert venue.closed_orders[stop.txid].status == "canceled"


def test_a_limit_to_buy_holds_its_cash() -> None:
    """Two orders can't spend the same money."""
    venue = engine(cash=Decimal(1_000), model=FillModel())
    first = venue.place(
        Ticket(
            symbol=BTC, side="buy", kind="limit", quantity=Decimal("0.05"), price=Decimal(15_000)
        )
    )
    with pytest.raises(Refusal, match="EOrder:Insufficient funds"):
        venue.place(buy("0.005"))
    venue.cancel(first)
    venue.place(buy("0.005"))

    assert venue.balances.totals["XXBT"] == Decimal("0.005")


@pytest.mark.parametrize(
    ("ticket", "words"),
    [
        (buy("0.00004"), "EGeneral:Invalid arguments:volume minimum not met"),
        (buy("100"), "EOrder:Insufficient funds"),
        (sell("0.01"), "EOrder:Insufficient funds"),
        (
            sell("0.001", kind="limit", price=Decimal("0.1")),
            "EOrder:Cost minimum not met",
        ),
    ],
)
def test_an_impossible_order_is_refused_in_the_venues_words(ticket: Ticket, words: str) -> None:
    """And leaves no trace."""
    venue = engine()
    with pytest.raises(Refusal, match=words):
        venue.place(ticket)

    assert not venue.open_orders
    assert not venue.trades


def test_a_client_id_may_live_once_among_open_orders() -> None:
    """When the first is closed the id is free again, as at Kraken."""
    venue = engine(model=FillModel())
    resting = Ticket(
        symbol=BTC,
        side="buy",
        kind="limit",
        quantity=Decimal("0.01"),
        price=Decimal(10_000),
        client_id="twin",
    )
    first = venue.place(resting)
    with pytest.raises(Refusal, match="cl_ord_id"):
        venue.place(resting)
    venue.cancel(first)
    second = venue.place(resting)

    assert first.txid != second.txid
    assert venue.find_open("twin") == second


def test_an_entry_that_runs_out_of_cash_ends_as_canceled_and_stays_protected() -> None:
    """What it bought keeps its stop; the account is never overdrawn."""
    rising = engine(cash=Decimal(64_200))
    entry = rising.place(buy("0.99", close_price=Decimal(10_000)))
    rising.advance(END_US)
    ended = (rising.closed_orders | rising.open_orders)[entry.txid]
    (stop,) = [o for o in rising.open_orders.values() if o.parent_txid == entry.txid]

    assert rising.balances.totals[CASH_ASSET] >= 0
    assert stop.ticket.quantity == ended.filled


def test_a_fee_in_coins_is_taken_from_what_was_bought() -> None:
    """In whole lots at the fill's price; the cash pays the price alone, and the stop fits."""
    venue = engine(model=FillModel())
    entry = venue.place(buy("0.01", close_price=Decimal(10_000), is_fee_in_coins=True))
    (trade,) = venue.trades.values()
    (stop,) = [o for o in venue.open_orders.values() if o.parent_txid == entry.txid]
    lot = venue.listings[BTC].instrument.lot_size

    assert trade.fee_coins % lot == 0
    assert 0 <= trade.fee / trade.price - trade.fee_coins < lot
    assert venue.balances.totals["XXBT"] == trade.quantity - trade.fee_coins
    assert venue.balances.totals[CASH_ASSET] == CASH - trade.quantity * trade.price
    assert stop.ticket.quantity == venue.balances.totals["XXBT"]


def test_a_sale_of_all_coins_pays_its_fee_in_cash() -> None:
    """None is left to pay with; where some are left, they pay."""
    paid = {}
    for sold in ("0.01", "0.005"):
        venue = engine(model=FillModel())
        venue.place(buy("0.01"))
        venue.place(sell(sold, is_fee_in_coins=True))
        paid[sold] = [trade.fee_coins > 0 for trade in venue.trades.values()]

    assert paid == {"0.01": [False, False], "0.005": [False, True]}


def test_an_order_keeps_the_steps_that_it_was_taken_with() -> None:
    """The pair's lots become coarser while it fills: it is filled to the end all the same."""
    venue = engine()
    order = venue.place(buy("0.05"))
    listing = venue.listings[BTC]
    coarse = replace(listing.instrument, lot_size=Decimal("0.1"))
    venue.listings[BTC] = replace(listing, instrument=coarse)
    venue.advance(END_US)

    assert venue.closed_orders[order.txid].filled == Decimal("0.05")
