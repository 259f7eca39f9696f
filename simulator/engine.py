"""The matching engine: orders, fills and balances as a function of venue time alone.

Whatever the moments at which it is asked to advance, the same orders get the same fills: a fill
happens where the price's path comes to the order, and what a walk of the path cannot give goes on
at the start of the next one.
"""

import base64
import hashlib
from collections.abc import Mapping
from decimal import Decimal

from msgspec.structs import replace

from nija_domain.market.money import ZERO
from nija_domain.trading.matching import (
    Fill,
    FillModel,
    match_span,
    quantity_available,
    span_between,
)
from nija_domain.trading.rounding import price_to_decimal
from simulator import refusals
from simulator.balances import Balances
from simulator.listings import CASH_ASSET, Listing
from simulator.orders import Ticket, Trade, VenueOrder
from simulator.refusals import Refusal
from simulator.tape import Tape
from simulator.touches import Touch, first_touch


class Engine:
    """One account's venue; `advance` first, then ask or order."""

    def __init__(
        self,
        tapes: Mapping[str, Tape],
        *,
        listings: dict[str, Listing],
        model: FillModel,
        cash: Decimal,
        now_us: int,
    ) -> None:
        self.now_us = now_us
        self.tapes = tapes
        self.listings = listings
        self.balances = Balances(cash, listings=listings)
        self.open_orders: dict[str, VenueOrder] = {}
        self.closed_orders: dict[str, VenueOrder] = {}
        self.trades: dict[str, Trade] = {}
        self._model = model
        self._searched_us = now_us

    def advance(self, to_us: int) -> None:
        """Everything that happens to open orders until this moment, in its order."""
        while (due := self._next_touch(to_us)) is not None:
            order, touch = due
            self.now_us = max(self.now_us, touch.at_us)
            self._execute(order, touch)
        self.now_us = self._searched_us = max(self.now_us, to_us)

    def place(self, ticket: Ticket) -> VenueOrder:
        """The order as it was accepted; what is there for it is filled at once."""
        order = self.judge(ticket)
        self.open_orders[order.txid] = order
        self.advance(self.now_us)
        return order

    def judge(self, ticket: Ticket) -> VenueOrder:
        """The order that this ticket would become, or the venue's refusal."""
        listing = self.listings[ticket.symbol]
        reference = self.price_now(ticket.symbol) if ticket.price is None else ticket.price
        if ticket.quantity < listing.instrument.min_quantity:
            raise refusals.invalid_argument("volume minimum not met")
        if ticket.quantity * reference < listing.instrument.min_notional:
            raise Refusal(refusals.COST_MINIMUM)
        if ticket.client_id is not None and self.find_open(ticket.client_id) is not None:
            raise refusals.invalid_argument("cl_ord_id is in use by an open order")
        margin = self._model.taking_cost if ticket.kind != "limit" else ZERO
        order = VenueOrder(
            txid=self._new_id("O"),
            ticket=ticket,
            opened_us=self.now_us,
            active_from_us=self.now_us,
            reserve_price=reference * (1 + margin),
        )
        self._check_funds(order)
        return order

    def cancel(self, order: VenueOrder, *, reason: str = "User requested") -> None:
        self._close(replace(order, reason=reason), status="canceled")

    def find_open(self, client_id: str) -> VenueOrder | None:
        orders = self.open_orders.values()
        return next((o for o in orders if o.ticket.client_id == client_id), None)

    def price_now(self, symbol: str) -> Decimal:
        tick_size = self.listings[symbol].instrument.tick_size
        price = self.tapes[symbol].price_at(self.now_us)
        return price_to_decimal(price, tick_size=tick_size, toward="nearest")

    def _next_touch(self, to_us: int) -> tuple[VenueOrder, Touch] | None:
        due: tuple[VenueOrder, Touch] | None = None
        for order in self.open_orders.values():
            symbol = order.ticket.symbol
            touch = first_touch(
                order,
                tape=self.tapes[symbol],
                tick_size=self.listings[symbol].instrument.tick_size,
                to_us=to_us,
                searched_us=self._searched_us,
            )
            if touch is not None and (due is None or touch.at_us < due[1].at_us):
                due = order, touch
        return due

    def _execute(self, order: VenueOrder, touch: Touch) -> None:
        instrument = self.listings[order.ticket.symbol].instrument
        available = quantity_available(touch.walk.volume, instrument=instrument, model=self._model)
        span = span_between(touch.price, touch.price, available=available)
        fill = match_span(order.resting, span, instrument=instrument, model=self._model)
        waiting = replace(
            order,
            is_triggered=order.ticket.kind == "stop-loss",
            active_from_us=touch.walk.end_us,
        )
        if fill is None:
            self.open_orders[order.txid] = waiting
        elif self._can_pay(order, fill):
            self._book(waiting, fill, at_us=touch.at_us)
        else:
            self.cancel(waiting, reason="Insufficient funds")

    def _book(self, order: VenueOrder, fill: Fill, *, at_us: int) -> None:
        trade = Trade(
            trade_id=self._new_id("T"),
            txid=order.txid,
            symbol=order.ticket.symbol,
            side=order.ticket.side,
            kind=order.ticket.kind,
            quantity=fill.quantity,
            price=fill.price,
            fee=fill.fee,
            at_us=at_us,
        )
        self.trades[trade.trade_id] = trade
        self.balances.settle(trade)
        booked = replace(
            order,
            filled=order.filled + fill.quantity,
            cost=order.cost + fill.quantity * fill.price,
            fee=order.fee + fill.fee,
            trade_ids=(*order.trade_ids, trade.trade_id),
        )
        self.open_orders[order.txid] = booked
        if booked.remaining == 0:
            self._close(booked, status="closed")
        if order.ticket.close_price is not None:
            self._protect(booked, fill.quantity, stop_price=order.ticket.close_price)

    def _protect(self, entry: VenueOrder, quantity: Decimal, *, stop_price: Decimal) -> None:
        """The entry's stop grows with each fill; one that has begun to sell gets a successor."""
        for stop in self.open_orders.values():
            if stop.parent_txid == entry.txid and not stop.is_triggered:
                grown = replace(stop.ticket, quantity=stop.ticket.quantity + quantity)
                self.open_orders[stop.txid] = replace(stop, ticket=grown)
                return
        ticket = Ticket(
            symbol=entry.ticket.symbol,
            side="sell" if entry.ticket.side == "buy" else "buy",
            kind="stop-loss",
            quantity=quantity,
            price=stop_price,
        )
        stop = VenueOrder(
            txid=self._new_id("O"),
            ticket=ticket,
            opened_us=self.now_us,
            active_from_us=self.now_us,
            reserve_price=stop_price,
            parent_txid=entry.txid,
        )
        self.open_orders[stop.txid] = stop

    def _close(self, order: VenueOrder, *, status: str) -> None:
        del self.open_orders[order.txid]
        self.closed_orders[order.txid] = replace(order, status=status, closed_us=self.now_us)

    def _check_funds(self, order: VenueOrder) -> None:
        for asset, amount in self.balances.held([order]).items():
            if amount > self.balances.free(asset, orders=self.open_orders.values()):
                raise Refusal(refusals.INSUFFICIENT_FUNDS)

    def _can_pay(self, order: VenueOrder, fill: Fill) -> bool:
        if order.ticket.side == "sell":
            return True
        others = [o for o in self.open_orders.values() if o.txid != order.txid]
        free = self.balances.free(CASH_ASSET, orders=others)
        return fill.quantity * fill.price + fill.fee <= free

    def _new_id(self, kind: str) -> str:
        """An id in Kraken's shape, the same for the same course of events."""
        count = len(self.open_orders) + len(self.closed_orders) + len(self.trades)
        digest = hashlib.sha256(f"{kind} {self.now_us} {count}".encode()).digest()
        text = kind + base64.b32encode(digest).decode()
        return f"{text[:6]}-{text[6:11]}-{text[11:17]}"
