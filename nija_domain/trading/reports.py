"""What a venue reports of our orders and fills."""

from decimal import Decimal
from typing import Literal

import msgspec

from nija_domain.events.records import Side

ReportedStatus = Literal["open", "filled", "canceled", "expired"]


class OrderReport(msgspec.Struct, frozen=True, kw_only=True):
    """One order as the venue sees it.

    A protective stop that the venue attached to a filled entry names that entry in
    `parent_venue_id` and has no client id of its own.
    """

    venue_id: str
    client_id: str | None
    parent_venue_id: str | None
    symbol: str
    side: Side
    kind: str
    status: ReportedStatus
    quantity: Decimal
    filled_quantity: Decimal
    trigger_price: Decimal | None


class FillReport(msgspec.Struct, frozen=True, kw_only=True):
    trade_id: str
    venue_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    at_us: int


class PlacedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A market order to send; an entry includes its stop."""

    client_id: str
    symbol: str
    side: Side
    quantity: Decimal
    stop_price: Decimal | None
