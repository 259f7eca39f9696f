"""What follows from what the venue says, or does not say, of our orders.

docs/orders.md has the table of all cases; a test reads it.
"""

from nija_domain.events import records as ev
from nija_domain.trading.book import Position
from nija_domain.trading.booking import exchanged
from nija_domain.trading.closings import close_position, open_position, tell_oversold
from nija_domain.trading.cover import covering, is_dust, uncovered
from nija_domain.trading.exits import (
    cover_again,
    delay_exit,
    intend_cancel,
    leave,
    pursue_exit,
    write_off,
)
from nija_domain.trading.orders import Order
from nija_domain.trading.state import State
from nija_domain.trading.waits import DEADLINE_US, LOOK_UP_LAG_US

Events = tuple[ev.JournalEvent, ...]
End = ev.OrderEnded | ev.OrderClosed | ev.OrderRefused

GIVEN_UP_US = DEADLINE_US + LOOK_UP_LAG_US
"""After so long without a trace, an order can neither be taken any more nor still be hidden."""

GIVEN_UP = "it was given up before"
KILLED = "trading was killed"


def after_seen(after: State, event: ev.OrderSeen) -> Events:
    """An end counts once the fills agree with it."""
    order = after.book.orders.live.get(event.order_id)
    if order is None:
        return ()
    if is_settled(order):
        return (end_order(order, at_us=event.at_us),)
    if order.reported != "open":
        return ()
    position = after.book.positions.get(str(order.position_id))
    return (
        *_unwanted(order, position, at_us=event.at_us),
        *_surplus(after, position, at_us=event.at_us),
    )


def is_settled(order: Order) -> bool:
    """Trades decide, not status words: the venue says it has ended, and every fill is booked."""
    is_over = order.reported not in {None, "open"}
    return is_over and order.filled_quantity >= order.reported_filled


def end_order(order: Order, *, at_us: int) -> ev.OrderEnded:
    """Without a word of the venue it is lost."""
    status: ev.OrderEnd = "lost"
    if order.reported is not None and order.reported != "open":
        status = order.reported
    return ev.OrderEnded(
        at_us=at_us, order_id=order.order_id, position_id=str(order.position_id), status=status
    )


def _unwanted(order: Order, position: Position | None, *, at_us: int) -> Events:
    """An entry that was given up and then found buys no more; a stop without a position goes."""
    if order.is_cancel_intended:
        return ()
    if order.is_unwanted:
        return (intend_cancel(order, reason=GIVEN_UP, at_us=at_us),)
    if order.role == "stop" and position is None:
        return (intend_cancel(order, reason="its position is closed", at_us=at_us),)
    return ()


def _surplus(state: State, position: Position | None, *, at_us: int) -> Events:
    """Stops that would sell more than is held: the newest of them goes."""
    if position is None or position.exit_reason is not None:
        return ()
    too_much = -uncovered(state.book, position)
    if too_much <= 0 or is_dust(state, position.symbol, too_much):
        return ()
    live = state.book.orders.live_of(position.position_id)
    if any(order.role == "entry" or order.is_cancel_intended for order in live):
        return ()
    newest = [order for order in live if covering(order) > 0][-1]
    return (intend_cancel(newest, reason="stops cover more than is held", at_us=at_us),)


def after_fill(before: State, after: State, event: ev.OrderFilled) -> Events:
    order = after.book.orders.get(event.order_id)
    if order is None or after is before:
        return ()
    position = after.book.positions.get(str(order.position_id))
    return (
        *_told_oversold(position, event, order),
        *_opened(before, after, position, order, event),
        *_entry_cancels(after, position, order, at_us=event.at_us),
        *_ends(after, position, order, at_us=event.at_us),
    )


def _told_oversold(position: Position | None, event: ev.OrderFilled, order: Order) -> Events:
    """A sale without any position sold what belonged to something else."""
    if position is not None or order.side == "buy":
        return ()
    sold, name = exchanged(event).coins, str(order.position_id)
    return (tell_oversold(name, event.symbol, sold, at_us=event.at_us),)


def _opened(
    before: State,
    after: State,
    position: Position | None,
    order: Order,
    event: ev.OrderFilled,
) -> Events:
    if position is None or order.side == "sell":
        return ()
    known = before.book.positions.get(position.name)
    if known is not None and known.entered_quantity > 0:
        return ()
    opened = open_position(position, event)
    killed = after.restrictions.killed
    reason = f"{KILLED}: {killed}" if killed else GIVEN_UP if order.is_unwanted else None
    if reason is None:
        return (opened,)
    return (opened, *leave(after, position, reason=reason, at_us=event.at_us))


def _entry_cancels(after: State, position: Position | None, order: Order, *, at_us: int) -> Events:
    """If a stop sells while its entry still buys, the entry is cancelled at once."""
    if position is None or order.role != "stop":
        return ()
    return tuple(
        intend_cancel(entry, reason="its stop has filled", at_us=at_us)
        for entry in after.book.orders.live_of(position.position_id)
        if entry.role == "entry" and not entry.is_cancel_intended
    )


def _ends(after: State, position: Position | None, order: Order, *, at_us: int) -> Events:
    """The end of the order comes before that of the round trip."""
    if order.is_live and is_settled(order):
        return (end_order(order, at_us=at_us),)
    return close_position(after, position, at_us=at_us) if position else ()


def after_not_found(after: State, event: ev.OrderNotFound) -> Events:
    """An unknown order is given up when it can neither be taken any more nor still be hidden."""
    order = after.book.orders.live.get(event.order_id)
    if order is None or order.doubted_us is None or order.venue_id is not None:
        return ()
    if event.at_us - order.doubted_us < GIVEN_UP_US * after.pace:
        return ()
    return (end_order(order, at_us=event.at_us),)


def after_end(after: State, event: End) -> Events:
    """What the end of an order leaves to be done for its position."""
    order = after.book.orders.get(event.order_id)
    position = after.book.positions.get(str(order.position_id)) if order else None
    if order is None or position is None:
        return ()
    at_us = event.at_us
    if position.quantity <= 0:
        return close_position(after, position, at_us=at_us)
    if order.role == "exit":
        return _after_sale(after, position, _why(event), at_us=at_us)
    if order.role == "stop" and isinstance(event, ev.OrderRefused):
        # Asked for again at once, it would be refused again at once: the clock asks.
        return _leftover(after, position, at_us=at_us)
    if position.exit_reason is not None:
        return pursue_exit(after, position, reason=position.exit_reason, at_us=at_us)
    return _leftover(after, position, at_us=at_us) or (
        _after_stop(after, position, at_us=at_us) if order.role == "stop" else ()
    )


def _after_stop(after: State, position: Position, *, at_us: int) -> Events:
    """Those that are left may still cover too much, or too little."""
    return _surplus(after, position, at_us=at_us) or cover_again(after, position, at_us=at_us)


def _why(event: End) -> str:
    return event.reason if isinstance(event, ev.OrderRefused) else f"the sale was {event.status}"


def _after_sale(after: State, position: Position, why: str, *, at_us: int) -> Events:
    """Something is left: too little to sell, or its stop goes back and it is tried again."""
    leftover = _leftover(after, position, at_us=at_us)
    if leftover:
        return leftover
    delayed = delay_exit(position, reason=why, at_us=at_us)
    return (delayed, *cover_again(after, position, at_us=at_us))


def _leftover(after: State, position: Position, *, at_us: int) -> Events:
    """What no order can sell any more is written off, and its slot is free."""
    live = after.book.orders.live_of(position.position_id)
    if live or not is_dust(after, position.symbol, position.quantity):
        return ()
    return (write_off(after, position, at_us=at_us),)


def after_write_off(after: State, event: ev.DustWrittenOff) -> Events:
    position = after.book.positions.get(event.position_id)
    return close_position(after, position, at_us=event.at_us) if position else ()


def after_hand_sale(after: State, event: ev.SoldByHand) -> Events:
    """The round trip ends, or what is left is covered again: a stop must not sell more than that.

    Where too much is covered, the newest stop goes; its end brings one of the right size.
    """
    position = after.book.positions.get(event.position_id)
    if position is None:
        return ()
    if position.quantity <= 0:
        return close_position(after, position, at_us=event.at_us)
    return _leftover(after, position, at_us=event.at_us) or _surplus(
        after, position, at_us=event.at_us
    )


def after_trade(after: State, event: ev.TradeClosed) -> Events:
    """No stop may outlive its position, or it would sell something else."""
    return tuple(
        intend_cancel(order, reason="its position is closed", at_us=event.at_us)
        for order in after.book.orders.live.values()
        if str(order.position_id) == event.position_id
        and order.role == "stop"
        and order.unfilled > 0
        and not order.is_cancel_intended
    )
