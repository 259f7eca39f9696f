"""Exits: cancel what rests, then sell what is left.

The same rules run for a signal, for a missing stop, and for an exit that a restart interrupted: a
position always has a live stop or a sale under way.
"""

from decimal import Decimal

from nija_domain.events.records import CancelIntended, JournalEvent, OrderIntended
from nija_domain.trading.order_ids import order_id_of
from nija_domain.trading.state import Position, State

STOP_GRACE_BARS = 2
"""Bars that the venue may take to show an attached stop before the position is closed."""


def pursue_exit(state: State, symbol: str, *, reason: str, at_us: int) -> tuple[JournalEvent, ...]:
    """The next step of an exit: cancel entries, then stops, then sell.

    The stop stays while an entry can still fill. A cancel is sent again if the order lives on,
    since the first may have been lost.
    """
    live = state.live_orders(symbol)
    entries = [order for order in live if order.role == "entry"]
    stops = [order for order in live if order.role == "stop"]
    if entries or stops:
        return tuple(
            CancelIntended(at_us=at_us, order_id=order.order_id, reason=reason)
            for order in entries or stops
        )
    position = state.positions.get(symbol)
    if live or position is None or position.quantity <= 0:
        return ()
    return (_sale(state, position, quantity=position.quantity, reason=reason, at_us=at_us),)


def guard_positions(state: State, *, at_us: int) -> tuple[JournalEvent, ...]:
    """Exit positions without protection, and finish exits that were interrupted."""
    events: list[JournalEvent] = [*_orphan_cancels(state, at_us)]
    for symbol, position in sorted(state.positions.items()):
        reason = position.exit_reason or _missing_protection(state, position, at_us)
        if reason:
            events += pursue_exit(state, symbol, reason=reason, at_us=at_us)
    return tuple(events)


def _orphan_cancels(state: State, at_us: int) -> list[JournalEvent]:
    """Cancel a stop whose position is gone, or it would sell something else."""
    return [
        CancelIntended(at_us=at_us, order_id=order.order_id, reason="its position is closed")
        for order in state.orders.values()
        if order.role == "stop" and order.is_live and order.symbol not in state.positions
    ]


def _missing_protection(state: State, position: Position, at_us: int) -> str | None:
    stops = [order for order in state.live_orders(position.symbol) if order.role == "stop"]
    if not stops:
        return "stop is gone"
    unseen = [stop for stop in stops if stop.status != "accepted"]
    if not unseen or state.release is None:
        return None
    waited_us = at_us - min(stop.intended_us for stop in unseen)
    is_late = waited_us > STOP_GRACE_BARS * state.release.content.timeframe_us
    return "stop was never seen" if is_late else None


def _sale(
    state: State, position: Position, *, quantity: Decimal, reason: str, at_us: int
) -> OrderIntended:
    symbol_state = state.symbols[position.symbol]
    return OrderIntended(
        at_us=at_us,
        order_id=order_id_of(state.intent_count, symbol=position.symbol, role="exit", at_us=at_us),
        symbol=position.symbol,
        side="sell",
        role="exit",
        quantity=quantity,
        stop_price=None,
        decision_price=symbol_state.mark_price,
        regime=symbol_state.regime,
        config_id=position.config_id,
        release_id=position.release_id,
        reason=reason,
        waterfall=(),
    )
