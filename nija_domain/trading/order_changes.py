"""What an intent, and what the venue says of an order, change."""

from typing import Any

from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.events.position_id import PositionId, Slot, agent_of
from nija_domain.events.session_records import AGENTS_IN_CORE, SWIFT_COVER
from nija_domain.events.version_1 import UNTOLD
from nija_domain.market.money import ZERO
from nija_domain.market.timeframes import HOUR_US, MINUTE_US
from nija_domain.trading.book import Book
from nija_domain.trading.booking import attached_stop
from nija_domain.trading.order_ids import entry_id_of
from nija_domain.trading.orders import Order, OrderStatus
from nija_domain.trading.state import State
from nija_domain.trading.waits import (
    CANCEL_PAUSE_US,
    FIRST_LOOK_US,
    KILL_PAUSE_US,
    STOPS_MAX,
    exit_pause_us,
)


def intend_order(state: State, event: ev.OrderIntended) -> State:
    book = state.book
    order = Order(
        order_id=event.order_id,
        position_id=_position_id_of(book, event),
        symbol=event.symbol,
        side=event.side,
        role=event.role,
        quantity=event.quantity,
        status="intended",
        intended_us=event.at_us,
        release_id=event.release_id,
        intent=event,
    )
    book = _counting_stops(
        book, order, at_us=event.at_us, wait_us=state.waits.stop_after_us * state.pace
    )
    times, numbers = book.entry_times_us, book.numbers
    if event.role == "entry":
        times = (*_since(times, event.at_us - HOUR_US), event.at_us)
        numbers = {**numbers, str(order.slot): order.position_id.number}
    minute = _since(book.order_times_us, event.at_us - MINUTE_US)
    intended = replace(
        book,
        intent_count=book.intent_count + 1,
        entry_times_us=times,
        order_times_us=(*minute, event.at_us),
        numbers=numbers,
    )
    return replace(state, book=intended.with_order(order))


def _since(times_us: tuple[int, ...], since_us: int) -> tuple[int, ...]:
    """Those after this moment; mostly all of them, and then none is copied."""
    if not times_us or min(times_us) > since_us:
        return times_us
    return tuple([at_us for at_us in times_us if at_us > since_us])


def _counting_stops(book: Book, order: Order, *, at_us: int, wait_us: int) -> Book:
    """A stop of our own is waited for before there may be another, and a sale before the next.

    After many in vain it is waited for twice as long: the venue has a reason of its own.
    """
    position = book.positions.get(str(order.position_id))
    if position is None or order.role == "entry":
        return book
    if order.role == "exit":
        return book.with_position(replace(position, exit_next_us=None))
    longer_us = wait_us << (position.stops_placed > STOPS_MAX)
    placed = replace(
        position,
        stops_placed=position.stops_placed + 1,
        stop_next_us=at_us + longer_us,
        is_stop_due=False,
    )
    return book.with_position(placed)


def _position_id_of(book: Book, event: ev.OrderIntended) -> PositionId:
    """In version 1 an order's position was the one of its symbol."""
    if event.position_id != UNTOLD:
        return PositionId.parse(event.position_id)
    if event.role == "entry":
        return next_position(book, Slot(agent_of(event.config_id), event.symbol))
    return book.held_in(event.symbol)[0].position_id


def next_position(book: Book, slot: Slot) -> PositionId:
    return PositionId(slot, book.numbers.get(str(slot), 0) + 1)


def intend_cancel(state: State, event: ev.CancelIntended) -> State:
    """Before the third rules, a cancel for an exit marked the position, so that a sale followed."""
    book = state.book
    order = book.orders.get(event.order_id)
    if order is None:
        return state
    position = book.positions.get(str(order.position_id))
    if position and state.rules >= AGENTS_IN_CORE:
        book = book.with_position(replace(position, exit_next_us=None))
    elif position and position.exit_reason is None:
        book = book.with_position(replace(position, exit_reason=event.reason))
    cancelled = replace(
        order,
        is_cancel_intended=True,
        next_us=event.at_us + CANCEL_PAUSE_US * state.pace,
    )
    return replace(state, book=book.with_order(cancelled))


def accept_order(state: State, event: ev.OrderAccepted) -> State:
    """An order that was given up as lost is live again, and a stop's successor is added."""
    order = _known_or_attached(state.book, event.order_id, at_us=event.at_us)
    if order is None or not _can_be_accepted(order, event.venue_id):
        return state
    return replace(state, book=state.book.with_order(_accepted(order, event.venue_id)))


def see_order(state: State, event: ev.OrderSeen) -> State:
    """What the venue says of an order counts, but its fills alone say what was traded."""
    order = _known_or_attached(state.book, event.order_id, at_us=event.at_us)
    if order is None or not _can_be_accepted(order, event.venue_id):
        return state
    seen = replace(
        _accepted(order, event.venue_id),
        reported=event.status,
        reported_filled=event.filled_quantity,
        quantity=event.quantity if order.role == "stop" else order.quantity,
    )
    return replace(state, book=state.book.with_order(seen))


def _known_or_attached(book: Book, order_id: str, *, at_us: int) -> Order | None:
    entry, order = book.orders.get(entry_id_of(order_id)), book.orders.get(order_id)
    if order is None and entry is not None:
        return attached_stop(entry, order_id, quantity=ZERO, at_us=at_us)
    return order


def _can_be_accepted(order: Order, venue_id: str) -> bool:
    """An order that ended at the venue stays ended; one that was given up may yet appear."""
    if order.venue_id not in {None, venue_id}:
        return False
    return order.is_live or order.venue_id is None


def _accepted(order: Order, venue_id: str) -> Order:
    is_cancelling = order.is_cancel_intended
    return replace(
        order,
        status="accepted",
        venue_id=venue_id,
        next_us=order.next_us if is_cancelling else None,
        tries=order.tries if is_cancelling else 0,
        is_unwanted=order.is_unwanted or (order.role == "entry" and order.status == "lost"),
    )


def refuse_order(state: State, event: ev.OrderRefused) -> State:
    order = state.book.orders.live.get(event.order_id)
    if order is not None and order.side == "sell" and event.cause == "funds":
        account = state.account.with_refusal(order.symbol.partition("/")[0])
        state = replace(state, account=account)
    return _with_status(state, event.order_id, "refused")


def end_order(state: State, event: ev.OrderEnded | ev.OrderClosed) -> State:
    return _with_status(state, event.order_id, event.status)


def _with_status(state: State, order_id: str, status: OrderStatus) -> State:
    """Only a live order changes its status; an ended one stays as it is."""
    order = state.book.orders.live.get(order_id)
    if order is None:
        return state
    ended = replace(order, status=status, next_us=None)
    return replace(state, book=state.book.with_order(ended))


def doubt_order(state: State, event: ev.OrderUnknown) -> State:
    order = state.book.orders.live.get(event.order_id)
    if order is None:
        return state
    asset = order.symbol.partition("/")[0]
    if order.side == "sell" and state.account.foreign.get(asset) and state.rules >= SWIFT_COVER:
        # It may have been filled: what a stop in its place would sell then is not ours.
        state = replace(state, account=state.account.with_refusal(asset))
    doubted = replace(
        order,
        status="unknown",
        doubted_us=event.at_us,
        next_us=event.at_us + FIRST_LOOK_US * state.pace,
        tries=0,
    )
    return replace(state, book=state.book.with_order(doubted))


def pass_time(state: State, event: ev.TimePassed) -> State:
    """What is due now is due again after a pause."""
    book = state.book
    for order in book.orders.live.values():
        if order.next_us is None or order.next_us > event.at_us:
            continue
        tries = order.tries + 1
        is_unknown = order.status == "unknown"
        pause_us = state.waits.look_pause_us(tries) if is_unknown else CANCEL_PAUSE_US
        next_us = event.at_us + pause_us * state.pace
        book = book.with_order(replace(order, tries=tries, next_us=next_us))
    return replace(state, book=replace(book, drawn_us=book.decided_us))


def begin_exit(state: State, event: ev.ExitBegun) -> State:
    return _with_position(state, event.position_id, exit_reason=event.reason)


def delay_exit(state: State, event: ev.ExitDelayed) -> State:
    pause_us = exit_pause_us(event.tries)
    if state.restrictions.killed:
        pause_us = min(pause_us, KILL_PAUSE_US)
    next_us = event.at_us + pause_us * state.pace
    return _with_position(state, event.position_id, exit_tries=event.tries, exit_next_us=next_us)


def _with_position(state: State, name: str, **changes: Any) -> State:  # noqa: ANN401
    position = state.book.positions.get(name)
    if position is None:
        return state
    return replace(state, book=state.book.with_position(replace(position, **changes)))


def write_off(state: State, event: ev.DustWrittenOff) -> State:
    account = state.account.with_dust(event.asset, event.quantity)
    return _with_position(replace(state, account=account), event.position_id, quantity=ZERO)


def note_oversold(state: State, event: ev.AssetOversold) -> State:
    account = state.account.with_unexplained(event.asset, -event.quantity)
    return replace(state, account=account)


def close_trade(state: State, event: ev.TradeClosed) -> State:
    book = state.book
    if event.position_id != UNTOLD:
        return replace(state, book=book.without_position(event.position_id))
    for position in book.held_in(event.symbol):
        book = book.without_position(position.name)
    return replace(state, book=book)
