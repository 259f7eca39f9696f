"""Orders and trades as the venue keeps them."""

from decimal import Decimal
from typing import Literal

import msgspec

from nija_domain.market.money import ZERO
from nija_domain.trading.matching import OrderKind, RestingOrder, Side

VenueStatus = Literal["open", "closed", "canceled", "expired"]


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks for; a close price asks for a stop that protects what was filled.

    A fee in coins is taken from what was bought, or beside what was sold.
    """

    symbol: str
    side: Side
    kind: OrderKind
    quantity: Decimal
    price: Decimal | None = None
    close_price: Decimal | None = None
    client_id: str | None = None
    deadline_us: int | None = None
    is_fee_in_coins: bool = False


class VenueOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One order from its ticket to its end; `parent_txid` is the entry that it protects.

    Nothing happens to it before `active_from_us`. Each lot that it still wants holds
    `reserve_price` of cash if it buys, and itself if it sells. What it fills is protected
    `stop_delay_us` later; only a fault makes that more than zero.
    """

    txid: str
    ticket: Ticket
    opened_us: int
    active_from_us: int
    reserve_price: Decimal
    parent_txid: str | None = None
    status: VenueStatus = "open"
    reason: str | None = None
    closed_us: int = 0
    is_triggered: bool = False
    filled: Decimal = ZERO
    cost: Decimal = ZERO
    fee: Decimal = ZERO
    trade_ids: tuple[str, ...] = ()
    stop_delay_us: int = 0

    @property
    def remaining(self) -> Decimal:
        return self.ticket.quantity - self.filled

    @property
    def resting(self) -> RestingOrder:
        """What the fill model sees: a triggered stop is a market order."""
        return RestingOrder(
            order_id=self.txid,
            symbol=self.ticket.symbol,
            side=self.ticket.side,
            kind="market" if self.is_triggered else self.ticket.kind,
            quantity=self.remaining,
            price=None if self.is_triggered else self.ticket.price,
        )


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """One fill; `number` counts the trades of the account from 1.

    `fee` is told in the quote asset; where `fee_coins` are not zero, they were taken instead.
    """

    trade_id: str
    number: int
    txid: str
    symbol: str
    side: Side
    kind: OrderKind
    quantity: Decimal
    price: Decimal
    fee: Decimal
    at_us: int
    fee_coins: Decimal = ZERO


HappeningKind = Literal["pending_new", "new", "trade", "filled", "canceled", "restated"]


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One change of an order, as the account's stream tells it; the order as it was after it."""

    kind: HappeningKind
    at_us: int
    order: VenueOrder
    trade: Trade | None = None


class LateStop(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What was filled without the stop that was asked for, until the stop appears."""

    due_us: int
    entry_txid: str
    quantity: Decimal
