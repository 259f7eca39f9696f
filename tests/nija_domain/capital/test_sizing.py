"""The waterfall of a size: each step its product, the last under every limit."""

from math import isfinite
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.capital.limits import HardLimits
from nija_domain.capital.sizing import EntryRequest, SizingParameters, size_entry

PROBS = {"Bull": 0.5, "Bear": 0.25, "Chop": 0.25}
FREE = HardLimits(max_position_share=1.0, max_trade_share=1.0, min_notional=0.0)


def _request(**changes: Any) -> EntryRequest:
    fields = {
        "tradable": 10_000.0,
        "equity": 10_000.0,
        "free_cash": 10_000.0,
        "symbol_open": 0.0,
        "exposure": 0.5,
        "signal_share": 0.8,
        "annual_volatility": 0.60,
        "filtered_probs": PROBS,
        "cost_rate": 0.01,
    }
    return EntryRequest(**{**fields, **changes})


def test_the_waterfall_is_the_product_of_its_factors() -> None:
    """By hand: 10,000 x 5 % x 0.4 x 0.5 x (0.5 + 0.25 x 0.3 + 0.25 x 0.6)."""
    sizing = size_entry(_request(), parameters=SizingParameters(), limits=HardLimits())

    assert sizing.value == pytest.approx(10_000 * 0.05 * 0.4 * 0.5 * 0.725)
    assert sizing.waterfall[-1].step == "limit:none"
    assert sizing.refusal is None


@pytest.mark.parametrize(
    ("changes", "limits", "name", "value"),
    [
        ({}, HardLimits(max_trade_share=0.001), "max_trade_share", 10.0),
        ({"symbol_open": 2_490.0}, HardLimits(), "max_position_share", 10.0),
        ({"free_cash": 20.2}, HardLimits(), "free_cash", 20.0),
    ],
)
def test_the_tightest_limit_is_named(
    changes: dict[str, float], limits: HardLimits, name: str, value: float
) -> None:
    """The last step says which limit cut the wish, and to what."""
    sizing = size_entry(_request(**changes), parameters=SizingParameters(), limits=limits)

    assert sizing.waterfall[-1].step == f"limit:{name}"
    assert sizing.value == pytest.approx(value)


@pytest.mark.parametrize("field", ["tradable", "equity", "free_cash", "annual_volatility"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused_by_name(field: str, value: float) -> None:
    """Nothing is divided by a volatility of zero, nothing is a share of infinity."""
    sizing = size_entry(_request(**{field: value}), parameters=SizingParameters(), limits=FREE)

    assert sizing.value == 0.0
    assert sizing.refusal is not None
    assert field in sizing.refusal


def test_a_size_of_nothing_is_refused_even_without_a_minimum() -> None:
    """Where no minimum is set, nothing is still no order."""
    sizing = size_entry(_request(exposure=0.0), parameters=SizingParameters(), limits=FREE)

    assert sizing.refusal is not None


POSITIVE = st.floats(1e-300, 1e12)


@given(
    changes=st.fixed_dictionaries(
        dict.fromkeys(("tradable", "equity", "free_cash", "annual_volatility"), POSITIVE)
        | {"exposure": st.floats(0, 1), "signal_share": st.floats(0, 1)}
        | {"symbol_open": st.floats(0, 1e12)}
    ),
    sensitivity=st.floats(0.0, 4.0),
)
def test_no_size_passes_a_bound(changes: dict[str, float], sensitivity: float) -> None:
    """Whatever the account and the market, an accepted size is finite and under each limit."""
    limits = HardLimits()
    parameters = SizingParameters(volatility_sensitivity=sensitivity)
    sizing = size_entry(_request(**changes), parameters=parameters, limits=limits)

    assert isfinite(sizing.value)
    if sizing.refusal is None:
        assert sizing.value >= limits.min_notional
        assert sizing.value <= limits.max_trade_share * changes["equity"]
        assert sizing.value <= changes["free_cash"]
        assert sizing.value + changes["symbol_open"] <= 0.25 * changes["equity"] * (1 + 1e-12)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_fraction", 0.0),
        ("base_fraction", 1.5),
        ("volatility_sensitivity", -1.0),
        ("volatility_sensitivity", float("nan")),
        ("min_leverage", 0.0),
        ("min_leverage", 3.0),
        ("max_leverage", float("inf")),
    ],
)
def test_parameters_out_of_range_are_named(field: str, value: float) -> None:
    """A release that would size by nonsense is refused by the parameter's name."""
    with pytest.raises(ValueError, match=field):
        SizingParameters(**{field: value})
