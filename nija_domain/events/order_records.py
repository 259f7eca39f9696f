"""What is decided about orders, and what the venue says of them."""

from decimal import Decimal
from typing import Literal

import msgspec

from nija_domain.events.event import Event, Name

Side = Literal["buy", "sell"]
ReportedStatus = Literal["open", "filled", "canceled", "expired"]
Role = Literal["entry", "exit", "stop"]
OrderEnd = Literal["filled", "canceled", "expired", "lost"]
"""As the venue says it, or `lost`: no look-up found the order."""


class WaterfallStep(msgspec.Struct, frozen=True, gc=False):
    step: str
    factor: float
    value: float


class OrderIntended(Event, frozen=True, tag="order_intended/2"):
    """Derived, and stored before anything is sent.

    An entry includes the stop that the venue attaches to it; of a stop, `stop_price` is the
    trigger. `target_price` and `leave_by_us` are when the position is left without a signal.
    """

    order_id: str
    position_id: Name
    symbol: str
    side: Side
    role: Role
    quantity: Decimal
    stop_price: Decimal | None
    decision_price: float
    regime: str
    config_id: str
    release_id: str
    reason: str
    waterfall: tuple[WaterfallStep, ...]
    target_price: Decimal | None = None
    leave_by_us: int | None = None


class CancelIntended(Event, frozen=True, tag="cancel_intended/2"):
    """Derived: an order is to be cancelled."""

    order_id: str
    reason: str
    position_id: Name


class OrderAccepted(Event, frozen=True, tag="order_accepted/1"):
    order_id: str
    venue_id: str


class OrderRefused(Event, frozen=True, tag="order_refused/1"):
    """The venue refused the order; it had no effect. `cause` names what may be mended."""

    order_id: str
    reason: str
    cause: Literal["", "funds", "steps"] = ""


class OrderUnknown(Event, frozen=True, tag="order_unknown/1"):
    """Unknown whether the venue accepted the order; its symbol is frozen until a look-up shows."""

    order_id: str
    reason: str


class OrderFilled(Event, frozen=True, tag="order_filled/2"):
    """An order was filled, whole or in part; the fee may be in any asset."""

    order_id: str
    trade_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    release_id: str
    fee_asset: str
    position_id: Name


class OrderSeen(Event, frozen=True, tag="order_seen/1"):
    """All that the venue says of one order; its fills are told apart and decide."""

    order_id: str
    venue_id: str
    status: ReportedStatus
    quantity: Decimal
    filled_quantity: Decimal
    trigger_price: Decimal | None


class OrderNotFound(Event, frozen=True, tag="order_not_found/1"):
    """A look-up found it neither among open and closed orders nor among the trades."""

    order_id: str


class OrderEnded(Event, frozen=True, tag="order_ended/1"):
    """Derived: the order can no longer fill, and all its fills are booked."""

    order_id: str
    position_id: Name
    status: OrderEnd


class OrderClosed(Event, frozen=True, tag="order_closed/1"):
    """Observed, until version 1: what `OrderEnded` is today."""

    order_id: str
    status: OrderEnd
