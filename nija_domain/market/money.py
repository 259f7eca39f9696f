"""Exact arithmetic of prices, quantities and cash."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

ZERO = Decimal(0)
MEAN_PRICE_STEP = Decimal("1e-12")


def floor_to_step(value: Decimal, *, step: Decimal) -> Decimal:
    """The greatest multiple of the step that is not above the value."""
    return (value / step).to_integral_value(rounding=ROUND_FLOOR) * step


def ceil_to_step(value: Decimal, *, step: Decimal) -> Decimal:
    """The least multiple of the step that is not below the value."""
    return (value / step).to_integral_value(rounding=ROUND_CEILING) * step


def mean_price(value: Decimal, *, quantity: Decimal) -> Decimal:
    """A reported average, cut to twelve decimals; no cash is ever booked from it."""
    return (value / quantity).quantize(MEAN_PRICE_STEP)
