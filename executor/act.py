"""Carries out what the core decided: sends each order once, sends cancels, looks orders up."""

from collections.abc import Iterable
from typing import Literal, Protocol

import structlog
from msgspec.structs import replace

from executor.ports import Clock, Exchange
from nija_domain.errors import (
    DeadlineRefused,
    FundsRefused,
    OutcomeUnknown,
    StepsRefused,
    VenueRefused,
    VenueUnreachable,
)
from nija_domain.events import records as ev
from nija_domain.trading.commands import Action, LookUp, SendCancel, SendOrder
from nija_domain.trading.reports import OrderReport, PlacedOrder
from nija_domain.trading.state import State
from nija_domain.trading.waits import DEADLINE_US

log = structlog.get_logger("executor")


class Desk(Protocol):
    """The parts of a session that acting needs."""

    is_clock_doubted: bool

    @property
    def state(self) -> State: ...
    @property
    def exchange(self) -> Exchange: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def doubted(self) -> set[str]: ...


def lanes_of(actions: Iterable[Action], state: State) -> list[list[Action]]:
    """The actions of each symbol, sales and cancels first; symbols that sell begin before others.

    Within a symbol one thing follows the other; symbols do not wait for each other.
    """
    lanes: dict[str, list[Action]] = {}
    for action in sorted(actions, key=_is_entry):
        lanes.setdefault(_symbol_of(action, state), []).append(action)
    return list(lanes.values())


def _is_entry(action: Action) -> bool:
    return isinstance(action, SendOrder) and action.order.side == "buy"


def _symbol_of(action: Action, state: State) -> str:
    if isinstance(action, SendOrder):
        return action.order.symbol
    order = state.book.orders.get(action.order_id)
    return order.symbol if order else ""


async def carry_out(action: Action, desk: Desk) -> ev.JournalEvent | None:
    """Send or look up one order; returns the venue's answer as an event, if it is one."""
    match action:
        case SendOrder() if action.order.side == "buy" and desk.state.restrictions.killed:
            return ev.OrderRefused(
                at_us=desk.clock.now_us(),
                order_id=action.order.client_id,
                reason="trading was killed before it was sent",
            )
        case SendOrder():
            return await _send_order(_with_deadline(action.order, desk), desk)
        case SendCancel():
            await _send_cancel(action, desk)
            return None
        case LookUp():
            return await _look_up(action, desk)


def _with_deadline(order: PlacedOrder, desk: Desk) -> PlacedOrder:
    """Counted from now: a decision may be carried out long after its bar.

    What a kill sells has none, for the venue would refuse it if our clock were wrong.
    """
    if desk.state.restrictions.killed:
        return order
    return replace(order, deadline_us=desk.clock.now_us() + DEADLINE_US * desk.state.pace)


async def _send_order(order: PlacedOrder, desk: Desk) -> ev.JournalEvent:
    """Send the order once. After a time-out it is unknown: it is looked up, never sent again."""
    try:
        venue_id = await desk.exchange.place_order(order)
    except (VenueRefused, VenueUnreachable) as refusal:
        if isinstance(refusal, StepsRefused):
            desk.doubted.add(order.symbol)
        desk.is_clock_doubted = desk.is_clock_doubted or isinstance(refusal, DeadlineRefused)
        return ev.OrderRefused(
            at_us=desk.clock.now_us(),
            order_id=order.client_id,
            reason=str(refusal),
            cause=_cause_of(refusal),
        )
    except OutcomeUnknown as doubt:
        return ev.OrderUnknown(
            at_us=desk.clock.now_us(), order_id=order.client_id, reason=str(doubt)
        )
    except Exception as error:
        log.exception("an order's answer could not be read", order=order.client_id)
        return ev.OrderUnknown(
            at_us=desk.clock.now_us(), order_id=order.client_id, reason=f"unexpected: {error!r}"
        )
    return ev.OrderAccepted(at_us=desk.clock.now_us(), order_id=order.client_id, venue_id=venue_id)


def _cause_of(refusal: VenueRefused | VenueUnreachable) -> Literal["", "funds", "steps"]:
    if isinstance(refusal, FundsRefused):
        return "funds"
    return "steps" if isinstance(refusal, StepsRefused) else ""


async def _send_cancel(action: SendCancel, desk: Desk) -> None:
    """Send a cancel. What became of the order is read later, from the venue's reports.

    An order whose id at the venue is not known yet cannot be cancelled: the cancel waits for the
    id, or for the look-up that finds the order lost.
    """
    order = desk.state.book.orders.get(action.order_id)
    if order is None or order.venue_id is None:
        return
    try:
        await desk.exchange.cancel_order(order.venue_id)
    except (VenueRefused, VenueUnreachable, OutcomeUnknown) as error:
        log.warning(
            "cancel not confirmed; the next order report will show",
            order=order.order_id,
            why=str(error),
        )
    except Exception:
        log.exception("a cancel's answer could not be read", order=order.order_id)


async def _look_up(action: LookUp, desk: Desk) -> ev.JournalEvent | None:
    """What the venue says of an order whose answer was lost. No answer now is no answer at all."""
    try:
        report = await desk.exchange.find_order(action.order_id)
    except (VenueRefused, VenueUnreachable) as error:
        log.warning("an order could not be looked up", order=action.order_id, why=str(error))
        return None
    at_us = desk.clock.now_us()
    if report is None:
        return ev.OrderNotFound(at_us=at_us, order_id=action.order_id)
    return seen_of(report, action.order_id, at_us=at_us)


def seen_of(report: OrderReport, order_id: str, *, at_us: int) -> ev.OrderSeen:
    """The venue's report of our order as an event."""
    return ev.OrderSeen(
        at_us=at_us,
        order_id=order_id,
        venue_id=report.venue_id,
        status=report.status,
        quantity=report.quantity,
        filled_quantity=report.filled_quantity,
        trigger_price=report.trigger_price,
    )
