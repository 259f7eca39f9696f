"""The matching engine: orders, fills and balances as a function of venue time alone.

Whatever the moments at which it is asked to advance, the same orders get the same fills: a fill
happens where the price's path comes to the order, and what a walk of the path cannot give goes on
at the start of the next one.
"""

import base64
import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from nija_domain.market.money import ZERO, floor_to_step
from nija_domain.market.timeframes import MINUTE_US
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
from simulator.orders import (
    Happening,
    HappeningKind,
    LateStop,
    Ticket,
    Trade,
    VenueOrder,
    VenueStatus,
)
from simulator.refusals import Refusal
from simulator.tape import Tape
from simulator.touches import Touch, first_touch

AHEAD_US = 5 * MINUTE_US


class KnownTouch(NamedTuple):
    """The first touch of an order until then, or that there is none."""

    order: VenueOrder
    until_us: int
    touch: Touch | None


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
        is_close_per_fill: bool = False,
    ) -> None:
        self.now_us = now_us
        self.tapes = tapes
        self.listings = listings
        self.balances = Balances(cash, listings=listings)
        self.open_orders: dict[str, VenueOrder] = {}
        self.closed_orders: dict[str, VenueOrder] = {}
        self.trades: dict[str, Trade] = {}
        self.happenings: list[Happening] = []
        self._late_stops: list[LateStop] = []
        self._touches: dict[str, KnownTouch] = {}
        self._model = model
        self._steps = {symbol: each.instrument for symbol, each in listings.items()}
        self._is_close_per_fill = is_close_per_fill
        self._searched_us = now_us

    def advance(self, to_us: int) -> None:
        """Everything that happens to open orders until this moment, in its order."""
        while self._take_next(to_us):
            continue
        self.now_us = self._searched_us = max(self.now_us, to_us)

    def place(self, ticket: Ticket, *, stop_delay_us: int = 0) -> VenueOrder:
        """The order as it was accepted; what is there for it is filled at once."""
        order = replace(self.judge(ticket), stop_delay_us=stop_delay_us)
        self._note("pending_new", order)
        self._rest(order)
        self.advance(self.now_us)
        return order

    def judge(self, ticket: Ticket) -> VenueOrder:
        """The order that this ticket would become, or the venue's refusal."""
        listing = self.listings[ticket.symbol]
        reference = self.price_now(ticket.symbol) if ticket.price is None else ticket.price
        if ticket.quantity < listing.instrument.min_quantity:
            raise Refusal(refusals.VOLUME_MINIMUM)
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

    def _take_next(self, to_us: int) -> bool:
        """Whether something was still to happen until then; the earliest of it has happened."""
        due = self._next_touch(to_us)
        late = min(self._late_stops, default=None)
        if late is not None and late.due_us <= (to_us if due is None else due[1].at_us):
            self.now_us = max(self.now_us, late.due_us)
            self._late_stops.remove(late)
            self._bring(late)
            return True
        if due is not None:
            order, touch = due
            self.now_us = max(self.now_us, touch.at_us)
            self._execute(order, touch)
        return due is not None

    def _next_touch(self, to_us: int) -> tuple[VenueOrder, Touch] | None:
        due: tuple[VenueOrder, Touch] | None = None
        for order in self.open_orders.values():
            touch = self._touch_of(order, to_us)
            is_due = touch is not None and touch.at_us <= to_us
            if touch is not None and is_due and (due is None or touch.at_us < due[1].at_us):
                due = order, touch
        return due

    def _touch_of(self, order: VenueOrder, to_us: int) -> Touch | None:
        """Searched some way ahead, and once for an order as it is: its price's path is known."""
        known = self._touches.get(order.txid)
        if known is not None and known.order is order and to_us <= known.until_us:
            return known.touch
        symbol, until_us = order.ticket.symbol, to_us + AHEAD_US
        touch = first_touch(
            order,
            tape=self.tapes[symbol],
            tick_size=self._steps[symbol].tick_size,
            to_us=until_us,
            searched_us=self._searched_us,
        )
        self._touches[order.txid] = KnownTouch(order, until_us, touch)
        return touch

    def _execute(self, order: VenueOrder, touch: Touch) -> None:
        # Orders keep the steps that they were taken with when the pair changes its own.
        instrument = self._steps[order.ticket.symbol]
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
            number=len(self.trades) + 1,
            txid=order.txid,
            symbol=order.ticket.symbol,
            side=order.ticket.side,
            kind=order.ticket.kind,
            quantity=fill.quantity,
            price=fill.price,
            fee=fill.fee,
            at_us=at_us,
            fee_coins=self._fee_coins(order, fill),
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
        self._note("trade", booked, trade=trade)
        if booked.remaining == 0:
            self._close(booked, status="closed")
        if order.stop_delay_us:
            due_us = at_us + order.stop_delay_us
            late = LateStop(due_us=due_us, entry_txid=order.txid, quantity=fill.quantity)
            self._late_stops.append(late)
        else:
            self._protect(booked, fill.quantity - trade.fee_coins)

    def _fee_coins(self, order: VenueOrder, fill: Fill) -> Decimal:
        """The fee at the fill's price, in whole lots; what is sold whole leaves none for it."""
        ticket = order.ticket
        if not ticket.is_fee_in_coins:
            return ZERO
        fee = floor_to_step(fill.fee / fill.price, step=self._steps[ticket.symbol].lot_size)
        base, orders = self.listings[ticket.symbol].base_asset, self.open_orders.values()
        is_there = ticket.side == "buy" or self.balances.free(base, orders=orders) >= fee
        return fee if is_there else ZERO

    def _bring(self, late: LateStop) -> None:
        """A late stop protects what is still there; what was sold meanwhile needs none."""
        entry = self.open_orders.get(late.entry_txid) or self.closed_orders[late.entry_txid]
        quantity = late.quantity
        if entry.ticket.side == "buy":
            base = self.listings[entry.ticket.symbol].base_asset
            quantity = min(quantity, self.balances.free(base, orders=self.open_orders.values()))
        if quantity > 0:
            self._protect(entry, quantity)

    def _protect(self, entry: VenueOrder, quantity: Decimal) -> None:
        """The entry's stop grows with each fill; one that has begun to sell gets a successor.

        A venue may also give each fill a stop of its own.
        """
        stop_price = entry.ticket.close_price
        if stop_price is None:
            return
        for stop in self.open_orders.values():
            is_own = stop.parent_txid == entry.txid and not stop.is_triggered
            if is_own and not self._is_close_per_fill:
                ticket = replace(stop.ticket, quantity=stop.ticket.quantity + quantity)
                grown = self.open_orders[stop.txid] = replace(stop, ticket=ticket)
                self._note("restated", grown)
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
        self._rest(stop)

    def _rest(self, order: VenueOrder) -> None:
        self.open_orders[order.txid] = order
        self._note("new", order)

    def _close(self, order: VenueOrder, *, status: VenueStatus) -> None:
        del self.open_orders[order.txid]
        self._touches.pop(order.txid, None)
        closed = replace(order, status=status, closed_us=self.now_us)
        self.closed_orders[order.txid] = closed
        self._note("filled" if status == "closed" else "canceled", closed)

    def _note(self, kind: HappeningKind, order: VenueOrder, *, trade: Trade | None = None) -> None:
        happening = Happening(kind=kind, at_us=self.now_us, order=order, trade=trade)
        self.happenings.append(happening)

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
