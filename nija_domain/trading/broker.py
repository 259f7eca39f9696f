"""A venue inside the process: orders are filled by the fill model, bar by bar.

The back-test trades through it, and so can paper trading on a real venue's candles.
"""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from nija_domain.events.records import (
    JournalEvent,
    OrderAccepted,
    OrderFilled,
    OrderSeen,
    ReportedStatus,
)
from nija_domain.market.candles import Bar
from nija_domain.market.instruments import Instrument
from nija_domain.market.money import ZERO
from nija_domain.trading.matching import Fill, FillModel, RestingOrder, match_bar, remaining_after
from nija_domain.trading.order_ids import stop_id_of
from nija_domain.trading.reports import PlacedOrder


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """A resting order: what is left of it, and what was filled."""

    order: RestingOrder
    filled: Decimal = ZERO
    release_id: str
    position_id: str
    stop_price: Decimal | None = None
    stop_count: int = 0


class Broker(msgspec.Struct, frozen=True):
    """The resting orders, in the order of their arrival, and the trades so far."""

    slips: dict[str, Slip] = {}
    trade_count: int = 0


class Brokered(msgspec.Struct, frozen=True):
    broker: Broker
    events: tuple[JournalEvent, ...]


def place(
    broker: Broker, order: PlacedOrder, *, release_id: str, position_id: str, at_us: int
) -> Brokered:
    """Take an order; its fills are told with its release and its position."""
    resting = RestingOrder(
        order_id=order.client_id,
        symbol=order.symbol,
        side=order.side,
        kind="market" if order.trigger_price is None else "stop-loss",
        quantity=order.quantity,
        price=order.trigger_price,
    )
    slip = Slip(
        order=resting,
        release_id=release_id,
        position_id=position_id,
        stop_price=order.stop_price,
    )
    accepted = OrderAccepted(at_us=at_us, order_id=order.client_id, venue_id=order.client_id)
    return Brokered(_with_slip(broker, slip), (accepted,))


def cancel(broker: Broker, order_id: str, *, at_us: int) -> Brokered:
    """Cancel a resting order."""
    if order_id not in broker.slips:
        return Brokered(broker, ())
    seen = _seen(broker.slips[order_id], "canceled", at_us=at_us)
    return Brokered(_without_slip(broker, order_id), (seen,))


def _seen(slip: Slip, status: ReportedStatus, *, at_us: int) -> OrderSeen:
    """Our ids are the broker's too."""
    return OrderSeen(
        at_us=at_us,
        order_id=slip.order.order_id,
        venue_id=slip.order.order_id,
        status=status,
        quantity=slip.filled + slip.order.quantity,
        filled_quantity=slip.filled,
        trigger_price=slip.order.price,
    )


def trade_bar(
    broker: Broker, symbol: str, bar: Bar, *, at_us: int, instrument: Instrument, model: FillModel
) -> Brokered:
    """Fill the symbol's orders from one bar; a new stop can fill in the same bar."""
    events: list[JournalEvent] = []
    waiting = [slip.order.order_id for slip in broker.slips.values() if slip.order.symbol == symbol]
    while waiting:
        slip = broker.slips[waiting.pop(0)]
        fill = match_bar(slip.order, bar, instrument=instrument, model=model)
        if fill is None:
            continue
        made = _fill(broker, slip, fill, at_us)
        attached = [order_id for order_id in made.broker.slips if order_id not in broker.slips]
        broker, waiting = made.broker, [*waiting, *attached]
        events += made.events
    return Brokered(broker, tuple(events))


def _fill(broker: Broker, slip: Slip, fill: Fill, at_us: int) -> Brokered:
    order = slip.order
    broker = replace(broker, trade_count=broker.trade_count + 1)
    filled = OrderFilled(
        at_us=at_us,
        order_id=order.order_id,
        trade_id=f"{order.order_id}.{broker.trade_count}",
        symbol=order.symbol,
        side=order.side,
        quantity=fill.quantity,
        price=fill.price,
        fee=fill.fee,
        release_id=slip.release_id,
        fee_asset=order.symbol.rpartition("/")[2],
        position_id=slip.position_id,
    )
    left = remaining_after(order, fill)
    events: list[JournalEvent] = [filled]
    slip = replace(slip, filled=slip.filled + fill.quantity)
    if left is not None:
        slip = replace(slip, order=left)
        broker = _with_slip(broker, slip)
    else:
        broker = _without_slip(broker, order.order_id)
        events.append(_whole(slip, at_us=at_us))
    if slip.stop_price is None:
        return Brokered(broker, tuple(events))
    attached = _attach_stop(broker, slip, slip.stop_price, fill.quantity, at_us)
    return Brokered(attached.broker, (*events, *attached.events))


def _whole(slip: Slip, *, at_us: int) -> OrderSeen:
    seen = _seen(slip, "filled", at_us=at_us)
    return replace(seen, quantity=slip.filled)


def _attach_stop(
    broker: Broker, entry: Slip, stop_price: Decimal, quantity: Decimal, at_us: int
) -> Brokered:
    """The stop grows with its entry's fills; one that has begun to sell gets a successor."""
    entry_id = entry.order.order_id
    known = broker.slips.get(stop_id_of(entry_id, number=entry.stop_count))
    if known and known.order.kind == "stop-loss":
        grown = replace(known.order, quantity=known.order.quantity + quantity)
        return Brokered(_with_slip(broker, replace(known, order=grown)), ())
    stop_id = stop_id_of(entry_id, number=entry.stop_count + 1)
    stop = RestingOrder(
        order_id=stop_id,
        symbol=entry.order.symbol,
        side="sell",
        kind="stop-loss",
        quantity=quantity,
        price=stop_price,
    )
    if entry_id in broker.slips:
        broker = _with_slip(broker, replace(entry, stop_count=entry.stop_count + 1))
    accepted = OrderAccepted(at_us=at_us, order_id=stop_id, venue_id=stop_id)
    slip = Slip(order=stop, release_id=entry.release_id, position_id=entry.position_id)
    return Brokered(_with_slip(broker, slip), (accepted,))


def _with_slip(broker: Broker, slip: Slip) -> Broker:
    return replace(broker, slips={**broker.slips, slip.order.order_id: slip})


def _without_slip(broker: Broker, order_id: str) -> Broker:
    left = {key: slip for key, slip in broker.slips.items() if key != order_id}
    return replace(broker, slips=left)
