"""Orders and trades as the venue keeps them."""

from decimal import Decimal

import msgspec

from nija_domain.market.money import ZERO
from nija_domain.trading.matching import OrderKind, RestingOrder, Side


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks for; a close price asks for a stop that protects what was filled."""

    symbol: str
    side: Side
    kind: OrderKind
    quantity: Decimal
    price: Decimal | None = None
    close_price: Decimal | None = None
    client_id: str | None = None


class VenueOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One order from its ticket to its end; `parent_txid` is the entry that it protects.

    Nothing happens to it before `active_from_us`. Each lot that it still wants holds
    `reserve_price` of cash if it buys, and itself if it sells.
    """

    txid: str
    ticket: Ticket
    opened_us: int
    active_from_us: int
    reserve_price: Decimal
    parent_txid: str | None = None
    status: str = "open"
    reason: str | None = None
    closed_us: int = 0
    is_triggered: bool = False
    filled: Decimal = ZERO
    cost: Decimal = ZERO
    fee: Decimal = ZERO
    trade_ids: tuple[str, ...] = ()

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
    trade_id: str
    txid: str
    symbol: str
    side: Side
    kind: OrderKind
    quantity: Decimal
    price: Decimal
    fee: Decimal
    at_us: int
