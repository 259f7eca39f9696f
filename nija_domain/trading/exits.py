"""Exits: cancel what rests, then sell what is left, until it is gone."""

from nija_domain.events.records import (
    CancelIntended,
    DustWrittenOff,
    ExitBegun,
    ExitDelayed,
    JournalEvent,
    OrderIntended,
)
from nija_domain.events.session_records import AGENTS_IN_CORE
from nija_domain.market.money import floor_to_step
from nija_domain.trading.book import Position
from nija_domain.trading.cover import is_dust, is_exposed, sellable, uncovered
from nija_domain.trading.order_ids import order_id_of
from nija_domain.trading.orders import Order
from nija_domain.trading.state import State
from nija_domain.trading.waits import STOPS_MAX


def leave(state: State, position: Position, *, reason: str, at_us: int) -> tuple[JournalEvent, ...]:
    """Begin to leave a position, and take the first step."""
    begun = ExitBegun(at_us=at_us, position_id=position.name, symbol=position.symbol, reason=reason)
    return (begun, *pursue_exit(state, position, reason=reason, at_us=at_us))


def pursue_exit(
    state: State, position: Position, *, reason: str, at_us: int
) -> tuple[JournalEvent, ...]:
    """The next step of an exit: cancel entries, then stops, then sell.

    The stop stays while an entry can still fill. A stop that the venue never showed is not waited
    for: its cancel goes out as soon as it shows.
    """
    live = state.book.orders.live_of(position.position_id)
    entries = [order for order in live if order.role == "entry"]
    stops = [order for order in live if order.role == "stop"]
    wanted = entries or stops
    cancels = tuple(
        intend_cancel(order, reason=reason, at_us=at_us)
        for order in wanted
        if not order.is_cancel_intended
    )
    is_waiting = entries or any(map(_may_hold, stops))
    if is_waiting or any(order.role == "exit" for order in live):
        return cancels
    return (*cancels, *_last_step(state, position, reason=reason, at_us=at_us))


def _may_hold(stop: Order) -> bool:
    """Whether the venue may keep the coins for this stop: it was seen, or is on its way."""
    return stop.status == "accepted" or (stop.status == "intended" and stop.intent is not None)


def _last_step(
    state: State, position: Position, *, reason: str, at_us: int
) -> tuple[JournalEvent, ...]:
    if position.quantity <= 0:
        return ()
    if state.rules >= AGENTS_IN_CORE and is_dust(state, position.symbol, position.quantity):
        return (write_off(state, position, at_us=at_us),)
    free = sellable(state, position.symbol, position.quantity)
    if free < position.quantity and is_dust(state, position.symbol, free):
        return (delay_exit(position, reason=f"the venue has {free:f} of it to sell", at_us=at_us),)
    return (_sale(state, position, reason=reason, at_us=at_us),)


def time_to_leave(state: State, position: Position, *, at_us: int) -> str | None:
    """What ends a position without a signal, at the close of a bar."""
    mark = state.market.symbols[position.symbol].mark_price
    if position.target_price is not None and mark >= float(position.target_price):
        return f"its target {position.target_price} is reached"
    if position.leave_by_us is not None and at_us >= position.leave_by_us:
        return "it was held as long as its agent wanted"
    release = state.release
    if release is not None and release.content.agent(position.agent) is None:
        return "the release no longer lists its agent"
    return None


def intend_cancel(order: Order, *, reason: str, at_us: int) -> CancelIntended:
    return CancelIntended(
        at_us=at_us, order_id=order.order_id, reason=reason, position_id=str(order.position_id)
    )


def write_off(state: State, position: Position, *, at_us: int) -> DustWrittenOff:
    return DustWrittenOff(
        at_us=at_us,
        position_id=position.name,
        symbol=position.symbol,
        asset=state.instruments[position.symbol].base,
        quantity=position.quantity,
    )


def delay_exit(position: Position, *, reason: str, at_us: int) -> ExitDelayed:
    return ExitDelayed(
        at_us=at_us,
        position_id=position.name,
        symbol=position.symbol,
        tries=position.exit_tries + 1,
        reason=reason,
    )


def cover_again(state: State, position: Position, *, at_us: int) -> tuple[JournalEvent, ...]:
    """A stop of our own for what none covers; after too many of them, the position is left."""
    if not is_exposed(state, position):
        return ()
    if position.stops_placed >= STOPS_MAX and position.exit_reason is None:
        return leave(state, position, reason=f"{STOPS_MAX} stops ended", at_us=at_us)
    return (_stop(state, position, at_us=at_us),)


def _stop(state: State, position: Position, *, at_us: int) -> OrderIntended:
    return _intent(state, position, "stop", reason="its stop is missing", at_us=at_us)


def _sale(state: State, position: Position, *, reason: str, at_us: int) -> OrderIntended:
    return _intent(state, position, "exit", reason=reason, at_us=at_us)


def _intent(
    state: State, position: Position, role: str, *, reason: str, at_us: int
) -> OrderIntended:
    symbol, symbol_state = position.symbol, state.market.symbols[position.symbol]
    is_stop = role == "stop"
    wanted = uncovered(state.book, position) if is_stop else position.quantity
    quantity = sellable(state, symbol, wanted)
    named = symbol if state.rules < AGENTS_IN_CORE else position.name
    return OrderIntended(
        at_us=at_us,
        order_id=order_id_of(state.book.intent_count, of=named, role=role, at_us=at_us),
        position_id=position.name,
        symbol=symbol,
        side="sell",
        role="stop" if is_stop else "exit",
        quantity=floor_to_step(quantity, step=state.instruments[symbol].lot_size),
        stop_price=position.stop_price if is_stop else None,
        decision_price=symbol_state.mark_price,
        regime=symbol_state.regime,
        config_id=position.config_id,
        release_id=position.release_id,
        reason=reason,
        waterfall=(),
    )
