"""Checks an order's steps before it is sent: nothing is left to ccxt.

It rounds prices, cuts quantities and lets negative ones pass.
"""

from nija_domain.errors import StepsRefused
from nija_domain.market.instruments import Instrument
from nija_domain.trading.reports import PlacedOrder


def check_steps(order: PlacedOrder, *, instrument: Instrument) -> None:
    """Raises `StepsRefused` if the venue would not take these amounts."""
    quantity, stop = order.quantity, order.stop_price or order.trigger_price
    if quantity < instrument.min_quantity or quantity % instrument.lot_size:
        raise StepsRefused(
            f"quantity {quantity} of order {order.client_id} is under {instrument.min_quantity} or"
            f" no multiple of {instrument.lot_size}; floor it to the lot before it is sent"
        )
    if stop is not None and (stop <= 0 or stop % instrument.tick_size):
        raise StepsRefused(
            f"stop {stop} of order {order.client_id} is no multiple of {instrument.tick_size};"
            " round it to the tick before it is sent"
        )
