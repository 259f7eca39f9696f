"""What the core decided, carried out at the venue: orders sent once, and cancels."""

from typing import Protocol

import structlog

from executor.ports import Clock, Exchange
from nija_domain.errors import OutcomeUnknown, VenueRefused, VenueUnreachable
from nija_domain.events import records as ev
from nija_domain.trading.commands import Action, SendCancel, SendOrder
from nija_domain.trading.reports import PlacedOrder
from nija_domain.trading.state import State

log = structlog.get_logger("executor")


class Desk(Protocol):
    """What acting needs of a session."""

    @property
    def state(self) -> State: ...
    @property
    def exchange(self) -> Exchange: ...
    @property
    def clock(self) -> Clock: ...


async def carry_out(action: Action, desk: Desk) -> ev.JournalEvent | None:
    """The venue's answer as an event, where the answer says something."""
    if isinstance(action, SendOrder):
        return await _send_order(action.order, desk)
    await _send_cancel(action, desk)
    return None


async def _send_order(order: PlacedOrder, desk: Desk) -> ev.JournalEvent:
    """Sent once. A time-out is unknown, never refused: it is looked up, not resent."""
    try:
        venue_id = await desk.exchange.place_order(order)
    except (VenueRefused, VenueUnreachable) as refusal:
        return ev.OrderRefused(
            at_us=desk.clock.now_us(), order_id=order.client_id, reason=str(refusal)
        )
    except OutcomeUnknown as doubt:
        return ev.OrderUnknown(
            at_us=desk.clock.now_us(), order_id=order.client_id, reason=str(doubt)
        )
    return ev.OrderAccepted(at_us=desk.clock.now_us(), order_id=order.client_id, venue_id=venue_id)


async def _send_cancel(action: SendCancel, desk: Desk) -> None:
    """What became of the order is read from the venue's reports, not from this answer.

    An order that the venue has not shown yet cannot be named to it: the cancel waits for
    its id, or for the look-up that finds it lost.
    """
    order = desk.state.orders[action.order_id]
    if order.venue_id is None:
        return
    try:
        await desk.exchange.cancel_order(order.venue_id)
    except (VenueRefused, VenueUnreachable, OutcomeUnknown) as error:
        log.warning(
            "cancel not confirmed; the next order report will show",
            order=order.order_id,
            why=str(error),
        )
