"""What a book has at work: its money in positions and orders, from one walk over both.

A decision works it out once, and anew after each of its own orders: a signal that is refused
changes nothing, so the next one need not walk over everything again.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from nija_domain.events.position_id import Slot
from nija_domain.trading.book import Book, Position
from nija_domain.trading.orders import Order

COST_RATE = 0.01
"""Fee, spread and slippage that free cash must still cover."""


class MoneySums(NamedTuple):
    """The same money three times: all of it, by agent and by symbol."""

    total: float
    by_agent: dict[str, float]
    by_symbol: dict[str, float]

    def with_part(self, slot: Slot, value: float) -> "MoneySums":
        """As if this part had come last in the walk: sums have the same bits."""
        agent, symbol = slot.agent, slot.symbol
        by_agent = {**self.by_agent, agent: self.by_agent.get(agent, 0.0) + value}
        by_symbol = {**self.by_symbol, symbol: self.by_symbol.get(symbol, 0.0) + value}
        return MoneySums(self.total + value, by_agent, by_symbol)


class AtWork(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """`pending` is the cash that open entries can still use, `held` the money in positions at cost.

    `slots` have a position, or an entry on its way. `live` are the live orders by symbol, and
    `open_orders` counts them with the stops that entries on their way still bring.
    """

    book: Book
    pending: MoneySums
    held: MoneySums
    slots: frozenset[Slot]
    live: dict[str, list[Order]]
    open_orders: int

    def with_entry(self, book: Book, entry: Order) -> "AtWork":
        """The book after the intent of this entry, and of nothing else: it is the newest order."""
        slot = entry.slot
        in_symbol = [*self.live.get(slot.symbol, ()), entry]
        return replace(
            self,
            book=book,
            pending=self.pending.with_part(slot, pending_value(entry)),
            slots=self.slots | {slot},
            live={**self.live, slot.symbol: in_symbol},
            open_orders=self.open_orders + 2,
        )

    @property
    def total(self) -> float:
        return self.pending.total + self.held.total

    def of_agent(self, agent: str) -> float:
        return self.pending.by_agent.get(agent, 0.0) + self.held.by_agent.get(agent, 0.0)

    def in_symbol(self, symbol: str) -> float:
        return self.pending.by_symbol.get(symbol, 0.0) + self.held.by_symbol.get(symbol, 0.0)


def at_work_in(book: Book) -> AtWork:
    """Orders in the order of their intents and positions in that of their entries."""
    orders, positions = book.orders.live.values(), book.positions.values()
    live: dict[str, list[Order]] = {}
    for order in orders:
        live.setdefault(order.symbol, []).append(order)
    return AtWork(
        book=book,
        pending=_sums((order.slot, pending_value(order)) for order in orders),
        held=_sums((position.slot, value_at_work(position)) for position in positions),
        slots=book.slots_at_work(),
        live=live,
        open_orders=_open_orders(orders),
    )


def _sums(parts: Iterable[tuple[Slot, float]]) -> MoneySums:
    total, by_agent, by_symbol = 0.0, dict[str, float](), dict[str, float]()
    for slot, value in parts:
        total += value
        by_agent[slot.agent] = by_agent.get(slot.agent, 0.0) + value
        by_symbol[slot.symbol] = by_symbol.get(slot.symbol, 0.0) + value
    return MoneySums(total, by_agent, by_symbol)


def _open_orders(live: Iterable[Order]) -> int:
    stopped = {order.position_id for order in live if order.role == "stop"}
    to_come = sum(order.role == "entry" and order.position_id not in stopped for order in live)
    return sum(1 for _ in live) + to_come


def pending_value(order: Order) -> float:
    """The cash that an open entry can still use."""
    if order.role != "entry" or not order.is_live or order.intent is None:
        return 0.0
    left = float(order.quantity - order.filled_quantity)
    return left * order.intent.decision_price * (1.0 + COST_RATE)


def value_at_work(position: Position) -> float:
    """The money that is in positions, at cost: a falling price makes no room for more."""
    if position.entered_quantity <= 0:
        return 0.0
    left = position.quantity / position.entered_quantity
    return float(position.cost * left + position.fees)
