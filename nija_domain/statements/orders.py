"""Our orders, the newest first."""

from nija_domain.trading.state import Order, State


def known_orders(state: State) -> tuple[Order, ...]:
    """Those that the core still knows."""
    return tuple(sorted(state.orders.values(), key=lambda order: -order.intended_us))


def live_orders(state: State) -> tuple[Order, ...]:
    """Those that may still fill."""
    return tuple(order for order in known_orders(state) if order.is_live)
