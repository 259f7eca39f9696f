"""What a fill changes: cash, order, position and stop."""

from decimal import Decimal

from msgspec.structs import replace

from nija_domain.events.records import OrderFilled
from nija_domain.trading.order_ids import stop_id_of
from nija_domain.trading.state import Order, Position, State, with_order


def book_fill(state: State, event: OrderFilled) -> State:
    """Book a fill once per trade id; a fill of somebody else's order changes nothing."""
    order = state.orders.get(event.order_id)
    if order is None or event.trade_id in order.fill_ids:
        return state
    sign = -1 if event.side == "buy" else 1
    value = event.quantity * event.price
    account = replace(state.account, cash=state.account.cash + sign * value - event.fee)
    filled = replace(
        order,
        filled_quantity=order.filled_quantity + event.quantity,
        fill_ids=order.fill_ids | {event.trade_id},
    )
    state = with_order(replace(state, account=account), filled)
    return _bought(state, event, filled) if order.role == "entry" else _sold(state, event)


def _bought(state: State, event: OrderFilled, order: Order) -> State:
    position = state.positions.get(order.symbol) or _position_of(order, event.at_us)
    grown = replace(
        position,
        quantity=position.quantity + event.quantity,
        entered_quantity=position.entered_quantity + event.quantity,
        cost=position.cost + event.quantity * event.price,
        fees=position.fees + event.fee,
    )
    state = replace(state, positions={**state.positions, order.symbol: grown})
    return with_order(state, _stop_of(state, order, event.quantity, event.at_us))


def _sold(state: State, event: OrderFilled) -> State:
    position = state.positions.get(event.symbol)
    if position is None:
        return state
    shrunk = replace(
        position,
        quantity=position.quantity - event.quantity,
        proceeds=position.proceeds + event.quantity * event.price,
        fees=position.fees + event.fee,
    )
    return replace(state, positions={**state.positions, event.symbol: shrunk})


def _position_of(order: Order, opened_us: int) -> Position:
    intent = order.intent
    if intent is None or intent.stop_price is None:
        raise ValueError(f"entry {order.order_id} has no stop")
    return Position(
        symbol=order.symbol,
        entry_id=order.order_id,
        stop_price=intent.stop_price,
        opened_us=opened_us,
        regime=intent.regime,
        config_id=intent.config_id,
        release_id=order.release_id,
    )


def _stop_of(state: State, entry: Order, quantity: Decimal, at_us: int) -> Order:
    """The attached stop grows with the entry's fills; one that has sold gets a successor."""
    stops = state.stops_of(entry.order_id)
    if stops and stops[-1].is_live:
        return replace(stops[-1], quantity=stops[-1].quantity + quantity)
    stop_id = stop_id_of(entry.order_id, number=len(stops) + 1)
    return attached_stop(entry, stop_id, quantity=quantity, at_us=at_us)


def attached_stop(entry: Order, stop_id: str, *, quantity: Decimal, at_us: int) -> Order:
    return Order(
        order_id=stop_id,
        symbol=entry.symbol,
        side="sell",
        role="stop",
        quantity=quantity,
        status="intended",
        intended_us=at_us,
        release_id=entry.release_id,
    )
