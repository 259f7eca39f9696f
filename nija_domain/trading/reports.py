"""What a venue reports of our orders and fills."""

from decimal import Decimal
from typing import Literal

import msgspec

from nija_domain.events.records import ReportedStatus, Side


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
    """One trade of an order; without a fee asset the fee is in the quote asset."""

    trade_id: str
    venue_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    at_us: int
    fee_asset: str | None = None


class OddRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of an answer that cannot be read; the rows beside it count."""

    what: Literal["order", "fill", "balance"]
    venue_id: str
    reason: str


class BalanceReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that the account holds, free or reserved; an asset that is not named is not held.

    `held` is what open orders reserve of it.
    """

    totals: dict[str, Decimal]
    held: dict[str, Decimal] = {}
    odd: tuple[OddRow, ...] = ()


class PlacedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order to send: at the market, or a stop that waits for its trigger.

    `stop_price` is the stop that the venue attaches to an entry. After `deadline_us` of its own
    clock the venue must not take the order any more, so that a lost one is lost for good.
    """

    client_id: str
    symbol: str
    side: Side
    quantity: Decimal
    stop_price: Decimal | None
    trigger_price: Decimal | None = None
    deadline_us: int | None = None
