"""How positions were guarded before the third rules: once a bar, by bars instead of seconds.

Older journals replay by it; nothing else may call it.
"""

from nija_domain.events.records import JournalEvent, OrderClosed, OrderFilled, OrderRefused
from nija_domain.trading.book import Book, Position
from nija_domain.trading.closings import close_position, open_position
from nija_domain.trading.exits import intend_cancel, pursue_exit
from nija_domain.trading.state import State

STOP_GRACE_BARS = 2


def guard_by_bars(state: State, *, at_us: int) -> tuple[JournalEvent, ...]:
    """Exit positions without protection, and finish exits that were interrupted."""
    events: list[JournalEvent] = [*_orphan_cancels(state.book, at_us)]
    for position in sorted(state.book.positions.values(), key=lambda each: each.symbol):
        reason = position.exit_reason or _missing_protection(state, position, at_us)
        if reason:
            events += exit_by_bars(state, position, reason=reason, at_us=at_us)
    return tuple(events)


def exit_by_bars(
    state: State, position: Position, *, reason: str, at_us: int
) -> tuple[JournalEvent, ...]:
    """A cancel was recorded again at each bar, and stops that never showed were waited for."""
    live = state.book.orders.live_of(position.position_id)
    entries = [order for order in live if order.role == "entry"]
    stops = [order for order in live if order.role == "stop"]
    if entries or stops:
        return tuple(intend_cancel(order, reason=reason, at_us=at_us) for order in entries or stops)
    return pursue_exit(state, position, reason=reason, at_us=at_us)


def _orphan_cancels(book: Book, at_us: int) -> list[JournalEvent]:
    return [
        intend_cancel(order, reason="its position is closed", at_us=at_us)
        for order in book.orders.live.values()
        if order.role == "stop" and str(order.position_id) not in book.positions
    ]


def _missing_protection(state: State, position: Position, at_us: int) -> str | None:
    live = state.book.orders.live_of(position.position_id)
    stops = [order for order in live if order.role == "stop"]
    if not stops:
        return "stop is gone"
    unseen = [stop for stop in stops if stop.status != "accepted"]
    if not unseen or state.release is None:
        return None
    waited_us = at_us - min(stop.intended_us for stop in unseen)
    is_late = waited_us > STOP_GRACE_BARS * state.release.content.timeframe_us
    return "stop was never seen" if is_late else None


def after_fill_by_bars(before: State, after: State, event: OrderFilled) -> tuple[JournalEvent, ...]:
    order = after.book.orders.get(event.order_id)
    position = after.book.positions.get(str(order.position_id)) if order else None
    if order is None or position is None or after is before:
        return ()
    if position.name not in before.book.positions:
        return (open_position(position, event),)
    entries = [
        entry
        for entry in after.book.orders.live_of(position.position_id)
        if order.role == "stop" and entry.role == "entry" and not entry.is_cancel_intended
    ]
    cancels = (
        intend_cancel(entry, reason="its stop has filled", at_us=event.at_us) for entry in entries
    )
    return (*cancels, *close_position(after, position, at_us=event.at_us))


def after_end_by_bars(after: State, event: OrderClosed | OrderRefused) -> tuple[JournalEvent, ...]:
    """The end of an order can allow a sale, or end the round trip."""
    order = after.book.orders.get(event.order_id)
    position = after.book.positions.get(str(order.position_id)) if order else None
    if order is None or position is None:
        return ()
    if position.quantity <= 0:
        return close_position(after, position, at_us=event.at_us)
    if position.exit_reason is None or order.role == "exit":
        return ()
    return exit_by_bars(after, position, reason=position.exit_reason, at_us=event.at_us)
