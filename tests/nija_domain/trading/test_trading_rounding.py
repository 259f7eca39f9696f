import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.errors import NumberInvalid
from nija_domain.trading.rounding import price_to_decimal, quantity_to_decimal

steps = st.integers(0, 8).map(lambda places: Decimal(1).scaleb(-places))
values = st.floats(min_value=1e-3, max_value=1e9, allow_nan=False)


@settings(deadline=None)
@given(count=st.integers(1, 10**9), tick=steps)
def test_a_price_that_prints_as_a_tick_stays_that_tick_in_every_direction(
    count: int, tick: Decimal
) -> None:
    """65000.1 is no float, yet it must not fall to 65000.0."""
    price = count * tick
    rounded = {
        price_to_decimal(float(price), tick_size=tick, toward=toward)
        for toward in ("up", "down", "nearest")
    }

    assert rounded == {price}


@settings(deadline=None)
@given(value=values, tick=steps)
def test_rounding_up_and_down_enclose_the_price_within_a_tick(value: float, tick: Decimal) -> None:
    """The true price lies between the two, and they are at most one tick apart."""
    exact = Decimal(repr(value))
    up = price_to_decimal(value, tick_size=tick, toward="up")
    down = up if up <= tick else price_to_decimal(value, tick_size=tick, toward="down")

    assert up % tick == 0
    assert up - tick < exact <= up
    assert up - down <= tick


@settings(deadline=None)
@given(value=values, lot=steps)
def test_a_quantity_is_never_more_than_was_there(value: float, lot: Decimal) -> None:
    """Lots are floored, whatever the float."""
    floored = quantity_to_decimal(value, lot_size=lot)

    assert floored % lot == 0
    assert floored <= Decimal(repr(value)) < floored + lot


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 0.0, -1.0])
def test_what_is_no_positive_number_is_refused_by_name(value: float) -> None:
    """NaN, infinity, zero and less become neither price nor quantity."""
    with pytest.raises(NumberInvalid, match="price is"):
        price_to_decimal(value, tick_size=Decimal("0.1"), toward="up")
    with pytest.raises(NumberInvalid, match="quantity is"):
        quantity_to_decimal(value, lot_size=Decimal("0.1"))


def test_a_price_that_rounds_to_nothing_is_refused() -> None:
    """A price of zero would buy the world."""
    with pytest.raises(NumberInvalid, match="rounds down to nothing"):
        price_to_decimal(0.04, tick_size=Decimal("0.1"), toward="down")


def test_a_step_of_zero_is_refused() -> None:
    """An instrument without a step can't be rounded to."""
    with pytest.raises(NumberInvalid, match="step of the price"):
        price_to_decimal(1.0, tick_size=Decimal(0), toward="up")
