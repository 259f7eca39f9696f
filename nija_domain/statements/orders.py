"""Our orders, the newest first."""

from nija_domain.trading.orders import Order
from nija_domain.trading.state import State


def known_orders(state: State) -> tuple[Order, ...]:
    """All orders that the core still keeps."""
    return tuple(sorted(state.book.orders, key=lambda order: -order.intended_us))


def live_orders(state: State) -> tuple[Order, ...]:
    """The orders that can still fill."""
    return tuple(order for order in known_orders(state) if order.is_live)
