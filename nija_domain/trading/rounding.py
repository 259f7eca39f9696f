"""The one place where a float of the market becomes a Decimal of money."""

import math
from decimal import Decimal
from typing import Literal

from nija_domain.errors import NumberInvalid
from nija_domain.market.money import ceil_to_step, floor_to_step

Toward = Literal["up", "down", "nearest"]

_HALF = Decimal("0.5")


def price_to_decimal(value: float, *, tick_size: Decimal, toward: Toward) -> Decimal:
    """The price on the venue's ticks; a price that prints as a tick stays that tick.

    The shortest text of the float is used, not its binary value: 65000.1 on a tick of 0.1 must not
    become 65000.0 because no float is exactly 65000.1.
    """
    exact = _decimal_of(value, name="price", step=tick_size)
    if toward == "up":
        return ceil_to_step(exact, step=tick_size)
    shift = tick_size * _HALF if toward == "nearest" else Decimal(0)
    rounded = floor_to_step(exact + shift, step=tick_size)
    if rounded <= 0:
        raise NumberInvalid(
            f"price {value!r} rounds {toward} to nothing on a tick of {tick_size};"
            " check the instrument's tick size"
        )
    return rounded


def quantity_to_decimal(value: float, *, lot_size: Decimal) -> Decimal:
    """The quantity in whole lots, rounded down; less than one lot is zero."""
    return floor_to_step(_decimal_of(value, name="quantity", step=lot_size), step=lot_size)


def _decimal_of(value: float, *, name: str, step: Decimal) -> Decimal:
    if not math.isfinite(value) or value <= 0:
        raise NumberInvalid(
            f"{name} is {value!r}, not a finite number above zero; find out where it was computed"
        )
    if not step.is_finite() or step <= 0:
        raise NumberInvalid(f"the step of the {name} is {step}; an instrument's steps are positive")
    return Decimal(repr(float(value)))
