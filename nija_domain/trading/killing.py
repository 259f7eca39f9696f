"""The kill switch: no entry stays open, every position is sold, and nothing is bought again."""

from functools import reduce

from nija_domain.events.records import JournalEvent
from nija_domain.trading.exits import intend_cancel, leave
from nija_domain.trading.fold import fold
from nija_domain.trading.order_machine import KILLED
from nija_domain.trading.state import State


def close_everything(state: State, *, at_us: int) -> tuple[JournalEvent, ...]:
    """Entries are cancelled and positions left; the clock repeats what does not succeed."""
    reason = f"{KILLED}: {state.restrictions.killed}"
    made: list[JournalEvent] = [
        intend_cancel(order, reason=reason, at_us=at_us)
        for order in state.book.orders.live.values()
        if order.role == "entry" and not order.is_cancel_intended
    ]
    state = reduce(fold, made, state)
    for name in state.book.positions:
        position = state.book.positions[name]
        if position.exit_reason is None:
            events = leave(state, position, reason=reason, at_us=at_us)
            state, made = reduce(fold, events, state), [*made, *events]
    return tuple(made)
