"""When the price of a tape comes to an order."""

from decimal import Decimal
from typing import NamedTuple

from nija_domain.market.money import ZERO
from nija_domain.trading.matching import is_reached, span_between, waits_below
from nija_domain.trading.rounding import Toward, price_to_decimal
from simulator.orders import VenueOrder
from simulator.tape import Tape, Walk


class Touch(NamedTuple):
    at_us: int
    price: Decimal
    walk: Walk


def first_touch(
    order: VenueOrder, *, tape: Tape, tick_size: Decimal, to_us: int, searched_us: int
) -> Touch | None:
    """The first moment up to `to_us` at which the price is at the order.

    Each walk is judged whole, from its start or from the order's, never from the moment of the
    last look: so it does not matter how often the venue is asked. Walks that ended before
    `searched_us` are known to hold no touch.
    """
    for walk in tape.walks_from(max(order.active_from_us, searched_us)):
        from_us = max(order.active_from_us, walk.start_us)
        if from_us > to_us:
            return None
        touch = _touch_on(walk, order=order, from_us=from_us, tick_size=tick_size)
        if touch is not None:
            return touch if touch.at_us <= to_us else None
    return None


def _touch_on(walk: Walk, *, order: VenueOrder, from_us: int, tick_size: Decimal) -> Touch | None:
    resting = order.resting
    toward: Toward = "nearest"
    if resting.price is not None:
        toward = "up" if waits_below(resting) else "down"
    price = price_to_decimal(walk.price_at(from_us), tick_size=tick_size, toward=toward)
    if is_reached(resting, span_between(price, price, available=ZERO)):
        return Touch(from_us, price, walk)
    last = price_to_decimal(walk.price_to, tick_size=tick_size, toward=toward)
    if resting.price is None or not is_reached(resting, span_between(last, last, available=ZERO)):
        return None
    at_us = max(from_us, walk.reaches_us(float(resting.price)))
    return Touch(at_us, resting.price, walk)
