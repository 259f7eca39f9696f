"""Our orders, found by our id, by the venue's, and by whether they can still fill."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Literal

import msgspec

from nija_domain.events.position_id import PositionId, Slot
from nija_domain.events.records import OrderEnd, OrderIntended, ReportedStatus, Role, Side
from nija_domain.market.money import ZERO
from nija_domain.trading.order_ids import entry_id_of, stop_id_of

ENDED_MAX = 500
"""Ended orders kept, so that a late or doubled fill still finds its order."""

OrderStatus = Literal["intended", "accepted", "unknown", "refused"] | OrderEnd
LIVE_STATUSES: tuple[OrderStatus, ...] = ("intended", "accepted", "unknown")
"""An order counts as intended from its record on: whether it was sent shows only in the answer."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One order of ours.

    A stop without an intent was attached by the venue and follows its entry's fills; if the entry
    fills on after its stop has sold, the venue attaches a successor. `doubted_us` is when the order
    became unknown. `next_us` is when it is looked up, or its cancel is sent again. `reported` is
    what the venue said last. An entry is unwanted if it was given up as lost and then found.
    """

    order_id: str
    position_id: PositionId
    symbol: str
    side: Side
    role: Role
    quantity: Decimal
    status: OrderStatus
    intended_us: int
    release_id: str
    doubted_us: int | None = None
    venue_id: str | None = None
    filled_quantity: Decimal = ZERO
    is_cancel_intended: bool = False
    intent: OrderIntended | None = None
    fill_ids: frozenset[str] = frozenset()
    next_us: int | None = None
    tries: int = 0
    reported: ReportedStatus | None = None
    reported_filled: Decimal = ZERO
    is_unwanted: bool = False

    @property
    def is_live(self) -> bool:
        return self.status in LIVE_STATUSES

    @property
    def slot(self) -> Slot:
        """The slot of its position."""
        return self.position_id.slot

    @property
    def unfilled(self) -> Decimal:
        return self.quantity - self.filled_quantity


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """`ended` is in the order of the ends and bounded; `venue_ids` leads to our ids of ended ones.

    `lost` are the ended ones that were given up without a word of the venue.
    """

    live: dict[str, Order] = {}
    ended: dict[str, Order] = {}
    venue_ids: dict[str, str] = {}
    lost: dict[str, Order] = {}

    def get(self, order_id: str | None) -> Order | None:
        """The order with our id."""
        if order_id is None:
            return None
        return self.live.get(order_id) or self.ended.get(order_id)

    def of_venue(self, venue_id: str) -> Order | None:
        """The order with the venue's id; few are live, so that these are looked through."""
        if venue_id in self.venue_ids:
            return self.get(self.venue_ids[venue_id])
        return next((each for each in self.live.values() if each.venue_id == venue_id), None)

    def live_in(self, symbol: str) -> list[Order]:
        return [order for order in self.live.values() if order.symbol == symbol]

    def live_of(self, position_id: PositionId) -> list[Order]:
        return [order for order in self.live.values() if order.position_id == position_id]

    def stops_of(self, entry_id: str) -> list[Order]:
        """The stops that the venue attached to an entry, in the order of their numbers."""
        stops: list[Order] = []
        while stop := self.get(stop_id_of(entry_id, number=len(stops) + 1)):
            stops.append(stop)
        return stops

    def __iter__(self) -> Iterator[Order]:
        yield from self.ended.values()
        yield from self.live.values()

    def put(
        self, order: Order, *, kept_entries: Callable[[], frozenset[str]] = frozenset
    ) -> "Orders":
        """With this order as it is now; the oldest ended ones make room.

        The orders of these entries are kept: their positions are still open.
        """
        order_id = order.order_id
        # Copies keep their room, where a new dictionary would be filled one by one.
        live = self.live.copy()
        if order.is_live:
            live[order_id] = order
            ended, lost = _without(self.ended, order_id), _without(self.lost, order_id)
            return Orders(live=live, ended=ended, venue_ids=self.venue_ids, lost=lost)
        live.pop(order_id, None)
        ended, venue_ids, lost = self.ended.copy(), self.venue_ids.copy(), self.lost.copy()
        for orders in (ended, lost):
            orders.pop(order_id, None)
        ended[order_id] = order
        if order.status == "lost":
            lost[order_id] = order
        if order.venue_id is not None:
            venue_ids.setdefault(order.venue_id, order_id)
        for old in _forgettable(ended, kept_entries) if len(ended) > ENDED_MAX else ():
            del ended[old.order_id]
            venue_ids.pop(old.venue_id or "", None)
            lost.pop(old.order_id, None)
        return Orders(live=live, ended=ended, venue_ids=venue_ids, lost=lost)


def _without(orders: dict[str, Order], order_id: str) -> dict[str, Order]:
    if order_id not in orders:
        return orders
    return {key: order for key, order in orders.items() if key != order_id}


def _forgettable(
    ended: dict[str, Order], kept_entries: Callable[[], frozenset[str]]
) -> tuple[Order, ...]:
    """The oldest beyond the bound: none but these, and those to keep, is looked at."""
    kept = kept_entries()
    free = (each for each in ended.values() if entry_id_of(each.order_id) not in kept)
    return tuple(islice(free, len(ended) - ENDED_MAX))
