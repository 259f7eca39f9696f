"""What a fill changes: cash, order, position and stop."""

from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from nija_domain.events.records import OrderFilled
from nija_domain.market.money import ZERO
from nija_domain.trading.book import Book, Position
from nija_domain.trading.order_ids import entry_id_of, stop_id_of
from nija_domain.trading.orders import Order
from nija_domain.trading.state import State


class Exchanged(NamedTuple):
    """A fill with its fee at its place: coins, their value in quote, and the fee in quote.

    A fee in coins is booked as coins that were exchanged for nothing but the fee.
    """

    coins: Decimal
    value: Decimal
    fee: Decimal


def exchanged(event: OrderFilled) -> Exchanged:
    """A fee in a third asset is no part of the trade: the account books it by itself."""
    base, _, quote = event.symbol.partition("/")
    if event.fee_asset == quote:
        return Exchanged(event.quantity, event.quantity * event.price, event.fee)
    if event.fee_asset == base:
        fee = event.fee if event.side == "sell" else -event.fee
        coins = event.quantity + fee
        return Exchanged(coins, coins * event.price, event.fee * event.price)
    return Exchanged(event.quantity, event.quantity * event.price, ZERO)


def book_fill(state: State, event: OrderFilled) -> State:
    """Book a fill once per trade id; a fill of somebody else's order changes nothing."""
    order = state.book.orders.get(event.order_id)
    if order is None or event.trade_id in order.fill_ids:
        return state
    filled = replace(
        order,
        filled_quantity=order.filled_quantity + event.quantity,
        fill_ids=order.fill_ids | {event.trade_id},
    )
    book = _with_cash(state.book, event).with_order(filled)
    book = _bought(book, event, filled) if order.role == "entry" else _sold(book, event, filled)
    account = replace(state.account, filled_us=max(state.account.filled_us, event.at_us))
    if event.fee_asset not in event.symbol.split("/"):
        account = account.with_fee(event.fee_asset, event.fee)
    return replace(state, book=book, account=account)


def _with_cash(book: Book, event: OrderFilled) -> Book:
    value = event.quantity * event.price
    moved = value if event.side == "sell" else -value
    if event.fee_asset == event.symbol.partition("/")[2]:
        moved -= event.fee
    return replace(book, purse=replace(book.purse, cash=book.purse.cash + moved))


def _bought(book: Book, event: OrderFilled, order: Order) -> Book:
    known = book.positions.get(str(order.position_id))
    position = known or _position_of(order, event.at_us)
    coins, value, fee = exchanged(event)
    grown = replace(
        position,
        quantity=position.quantity + coins,
        entered_quantity=position.entered_quantity + coins,
        cost=position.cost + value,
        fees=position.fees + fee,
    )
    book = book.with_position(grown)
    return book.with_order(_stop_of(book, order, event.quantity, event.at_us))


def _sold(book: Book, event: OrderFilled, order: Order) -> Book:
    """The fills of an entry may be told after those of its stop: until then less is held than 0."""
    position = book.positions.get(str(order.position_id)) or _expected(book, order, event.at_us)
    if position is None:
        return book
    coins, value, fee = exchanged(event)
    shrunk = replace(
        position,
        quantity=position.quantity - coins,
        proceeds=position.proceeds + value,
        fees=position.fees + fee,
    )
    return book.with_position(shrunk)


def _expected(book: Book, order: Order, at_us: int) -> Position | None:
    """The position of an entry that the venue has, but whose fills were not told yet."""
    entry = book.orders.live.get(entry_id_of(order.order_id))
    is_entry = entry is not None and entry.role == "entry"
    return _position_of(entry, at_us) if entry is not None and is_entry else None


def _position_of(order: Order, opened_us: int) -> Position:
    intent = order.intent
    if intent is None or intent.stop_price is None:
        raise ValueError(f"entry {order.order_id} has no stop")
    return Position(
        position_id=order.position_id,
        entry_id=order.order_id,
        stop_price=intent.stop_price,
        decided_us=order.intended_us,
        opened_us=opened_us,
        regime=intent.regime,
        config_id=intent.config_id,
        release_id=order.release_id,
        target_price=intent.target_price,
        leave_by_us=intent.leave_by_us,
    )


def _stop_of(book: Book, entry: Order, quantity: Decimal, at_us: int) -> Order:
    """The attached stop grows with the entry's fills; one that has sold gets a successor."""
    stops = book.orders.stops_of(entry.order_id)
    if stops and stops[-1].is_live:
        return replace(stops[-1], quantity=stops[-1].quantity + quantity)
    stop_id = stop_id_of(entry.order_id, number=len(stops) + 1)
    return attached_stop(entry, stop_id, quantity=quantity, at_us=at_us)


def attached_stop(entry: Order, stop_id: str, *, quantity: Decimal, at_us: int) -> Order:
    return Order(
        order_id=stop_id,
        position_id=entry.position_id,
        symbol=entry.symbol,
        side="sell",
        role="stop",
        quantity=quantity,
        status="intended",
        intended_us=at_us,
        release_id=entry.release_id,
    )
