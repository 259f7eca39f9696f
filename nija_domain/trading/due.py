"""What is due when time passes, and when that is the next time."""

from collections.abc import Iterator
from functools import reduce

from nija_domain.events import records as ev
from nija_domain.events.session_records import SWIFT_COVER
from nija_domain.trading.book import Position
from nija_domain.trading.commands import Action, Command, LookUp, Record, SendCancel
from nija_domain.trading.exits import cover_again, leave, pursue_exit
from nija_domain.trading.fold import fold
from nija_domain.trading.order_machine import GIVEN_UP_US, end_order, is_settled
from nija_domain.trading.orders import Order
from nija_domain.trading.state import State
from nija_domain.trading.strategy_presets import draw_presets

Events = tuple[ev.JournalEvent, ...]

UNPROTECTED = "no stop covered it in time"
UNPROTECTED_BEFORE = "no stop covered it for ten seconds"


def due_us(state: State) -> int | None:
    """The venue time at which something is due; None while nothing waits."""
    return min(_dues(state), default=None)


def _dues(state: State) -> Iterator[int]:
    for order in state.book.orders.live.values():
        if order.next_us is not None and (order.status == "unknown" or order.venue_id is not None):
            yield order.next_us
        if _is_traceless(order):
            yield _given_up_us(state, order)
        if is_settled(order):
            yield 0
    for position in state.book.positions.values():
        yield from _dues_of(state, position)
    if _draws_wait(state):
        yield 0


def _is_traceless(order: Order) -> bool:
    """A stop that the venue should have attached, and has not shown."""
    return order.role == "stop" and order.intent is None and order.venue_id is None


def _dues_of(state: State, position: Position) -> Iterator[int]:
    if position.exit_next_us is not None:
        yield position.exit_next_us
    if _has_stalled(state, position):
        yield 0
    if position.exposed_us is not None:
        yield max(
            position.exposed_us + state.waits.stop_after_us * state.pace, position.stop_next_us
        )
        if position.exit_reason is None:
            yield position.exposed_us + state.waits.flatten_after_us * state.pace


def _has_stalled(state: State, position: Position) -> bool:
    """An exit that nothing carries on: the process ended after its beginning."""
    if position.exit_reason is None or position.exit_next_us is not None:
        return False
    live = state.book.orders.live_of(position.position_id)
    return not any(order.role == "exit" or order.is_cancel_intended for order in live)


def _draws_wait(state: State) -> bool:
    agents = state.release.content.agents if state.release else ()
    has_arms = any(agent.arms.choices for agent in agents)
    return has_arms and state.book.drawn_us < state.book.decided_us


def after_time(before: State, after: State, event: ev.TimePassed) -> tuple[Command, ...]:
    """Look-ups and cancels that are due, what positions need, then the draws of presets."""
    at_us = event.at_us
    ends = _ends(before, at_us)
    made = ends or _due_events(before, after, at_us)
    return (*_due_actions(before, at_us), *(Record(each) for each in made))


def _ends(before: State, at_us: int) -> Events:
    """Stops that never showed, and ends that a process did not live to record.

    Their positions are looked at when these are stepped over, so nothing else is done now.
    """
    return tuple(
        end_order(order, at_us=at_us)
        for order in before.book.orders.live.values()
        if is_settled(order) or (_is_traceless(order) and at_us >= _given_up_us(before, order))
    )


def _given_up_us(state: State, order: Order) -> int:
    return order.intended_us + GIVEN_UP_US * state.pace


def _due_events(before: State, after: State, at_us: int) -> Events:
    state, made = after, list[ev.JournalEvent]()
    for name in after.book.positions:
        events = _due_for(state, state.book.positions[name], at_us)
        state, made = reduce(fold, events, state), [*made, *events]
    if _draws_wait(before):
        made += draw_presets(state, ts_us=state.book.decided_us, at_us=at_us)
    return tuple(made)


def _due_for(state: State, position: Position, at_us: int) -> Events:
    next_us, exposed_us = position.exit_next_us, position.exposed_us
    is_due = next_us is not None and at_us >= next_us
    if position.exit_reason is not None and (is_due or _has_stalled(state, position)):
        return pursue_exit(state, position, reason=position.exit_reason, at_us=at_us)
    if exposed_us is None:
        return ()
    reason = UNPROTECTED if state.rules >= SWIFT_COVER else UNPROTECTED_BEFORE
    if (
        position.exit_reason is None
        and at_us >= exposed_us + state.waits.flatten_after_us * state.pace
    ):
        return leave(state, position, reason=reason, at_us=at_us)
    if at_us >= max(exposed_us + state.waits.stop_after_us * state.pace, position.stop_next_us):
        return cover_again(state, position, at_us=at_us)
    return ()


def _due_actions(before: State, at_us: int) -> Iterator[Action]:
    for order in before.book.orders.live.values():
        if order.next_us is None or order.next_us > at_us:
            continue
        if order.status == "unknown":
            yield LookUp(order.order_id)
        elif order.is_cancel_intended and order.venue_id is not None:
            yield SendCancel(order.order_id)
