"""The waterfall of a size: each step its product, the least of every bound at its end."""

from math import isfinite, prod
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.capital.governor import AgentRecord, allocate
from nija_domain.capital.limits import HardLimits
from nija_domain.capital.presets import PRESETS
from nija_domain.capital.sizing import (
    MADE_SMALL,
    NOT_NEGATIVE,
    POSITIVE,
    SHARES,
    EntryRequest,
    Sizing,
    SizingParameters,
    risk_factor,
    size_entry,
    volatility_leverage,
)

BULL = {"BULL_TRENDING": 1.0}
FREE = HardLimits(max_position_share=1.0, max_trade_share=1.0, min_notional=0.0)
WISHED = (
    "base",
    "protection",
    "milestones",
    "policy_exposure",
    "signal_share",
    "preset_share",
    "volatility",
    "regime",
    "risk",
)
BOUNDS = (
    "tradable",
    "agent_weight",
    "symbol_weight",
    "free_cash",
    "max_trade_share",
    "max_position_share",
)


def _request(**changes: Any) -> EntryRequest:
    fields = {
        "tradable": 10_000.0,
        "portfolio_value": 10_000.0,
        "free_cash": 10_000.0,
        "annual_volatility": 0.30,
        "expected_return": 0.65,
        "regime_probs": BULL,
    }
    return EntryRequest(**{**fields, **changes})


def _size(
    limits: HardLimits = FREE, parameters: SizingParameters | None = None, **changes: Any
) -> Sizing:
    request = _request(**changes)
    return size_entry(request, parameters=parameters or SizingParameters(), limits=limits)


def _factor(sizing: Sizing, step: str) -> float:
    return next(found.factor for found in sizing.waterfall if found.step == step)


def test_the_users_example_by_hand() -> None:
    """1,036 tradable, 30 % volatility, bull, 15 % expected: 51.80 × 1 × 1 × 0.3 = 15.54."""
    sizing = _size(HardLimits(), tradable=1_036.0, expected_return=0.15)

    assert sizing.value == pytest.approx(15.54)
    assert sizing.refusal is None


def test_the_waterfall_is_the_product_of_its_factors() -> None:
    """Every step in its order, each value the one before times its factor."""
    sizing = _size(
        protection_multiplier=0.5, milestone_bonus=0.2, policy_exposure=0.5, signal_share=0.8
    )
    value = 10_000.0
    assert tuple(step.step for step in sizing.waterfall) == WISHED + BOUNDS
    for step in sizing.waterfall:
        value *= step.factor

        assert step.value == pytest.approx(value)
    assert sizing.value == pytest.approx(10_000 * 0.05 * 0.5 * 1.2 * 0.5 * 0.8)


@pytest.mark.parametrize(
    ("volatility", "sensitivity", "leverage"),
    [
        (0.3, 1.0, 1.0),
        (0.6, 1.0, 0.5),
        (0.2, 1.0, 1.5),
        (3.0, 1.0, 0.5),
        (0.01, 1.0, 2.0),
        (0.15, 0.5, 2**0.5),
        (0.9, 0.0, 1.0),
        (1e-300, 4.0, 2.0),
    ],
)
def test_volatility_sets_the_leverage(
    volatility: float, sensitivity: float, leverage: float
) -> None:
    """The target over it, to the power of the sensitivity, between a half and two."""
    parameters = SizingParameters(volatility_sensitivity=sensitivity)

    assert volatility_leverage(volatility, parameters) == pytest.approx(leverage)


@pytest.mark.parametrize(
    ("expected", "factor"),
    [(0.65, 1.0), (0.15, 0.3), (0.35, 0.5), (9.0, 1.5), (0.01, 0.3), (None, 0.3)],
)
def test_risk_is_the_expected_sharpe_over_its_target(expected: float | None, factor: float) -> None:
    """Between 0.3 and 1.5; where no model tells what to expect, the least."""
    found = risk_factor(_request(expected_return=expected), SizingParameters())

    assert found == pytest.approx(factor)


def test_regimes_count_by_their_probabilities() -> None:
    """The expectation over all, not the likeliest."""
    sizing = _size(regime_probs={"BULL_TRENDING": 0.6, "CRISIS": 0.4})

    assert _factor(sizing, "regime") == pytest.approx(0.6 + 0.4 * 0.1)


@pytest.mark.parametrize("expected", [0.0, -0.2])
def test_an_entry_that_is_not_expected_to_pay_is_refused(expected: float) -> None:
    """It is not shrunk to something small."""
    sizing = _size(expected_return=expected)

    assert sizing.value == 0.0
    assert sizing.waterfall[-1].step == "refused"
    assert sizing.refusal is not None
    assert "expected_return" in sizing.refusal


@pytest.mark.parametrize(
    ("changes", "limits", "step", "value"),
    [
        ({"agent_weight": 0.4, "agent_open": 3_900.0}, FREE, "agent_weight", 100.0),
        ({"symbol_weight": 0.2, "symbol_open": 1_900.0}, FREE, "symbol_weight", 100.0),
        ({"total_open": 9_900.0}, FREE, "tradable", 100.0),
        ({"free_cash": 101.0, "cost_rate": 0.01}, FREE, "free_cash", 100.0),
        ({}, HardLimits(max_trade_share=0.01), "max_trade_share", 100.0),
        ({"symbol_open": 2_400.0}, HardLimits(), "max_position_share", 100.0),
    ],
)
def test_each_bound_cuts_at_its_room(
    changes: dict[str, float], limits: HardLimits, step: str, value: float
) -> None:
    """The size is the room, and the step that cut it is the one with a factor under one."""
    sizing = _size(limits, **changes)

    assert sizing.value == pytest.approx(value)
    assert [s.step for s in sizing.waterfall if s.step in BOUNDS and s.factor < 1.0] == [step]


def test_a_room_that_is_overdrawn_is_no_room() -> None:
    """More open than the weight allows: refused, and it sells nothing."""
    sizing = _size(agent_weight=0.1, agent_open=2_000.0)

    assert sizing.value == 0.0
    assert sizing.refusal is not None
    assert "agent_weight" in sizing.refusal


def test_under_the_minimum_is_refused_and_never_rounded_up() -> None:
    """9.99 is not 10."""
    sizing = _size(HardLimits(), free_cash=9.99)

    assert sizing.value == 0.0
    assert sizing.refusal is not None
    assert "9.99 is under the minimum of 10.00" in sizing.refusal


def test_a_halt_sizes_nothing() -> None:
    """The protection's step makes it nothing, and the refusal says so."""
    sizing = _size(protection_multiplier=0.0)

    assert sizing.value == 0.0
    assert sizing.refusal is not None
    assert "protection" in sizing.refusal


@pytest.mark.parametrize("field", POSITIVE)
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused_by_name(field: str, value: float) -> None:
    """Nothing is divided by a volatility of zero, nothing is a share of infinity."""
    sizing = _size(**{field: value})

    assert sizing.value == 0.0
    assert sizing.refusal is not None
    assert field in sizing.refusal


@pytest.mark.parametrize("field", [*SHARES, *NOT_NEGATIVE, "expected_return"])
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_a_number_out_of_its_range_is_refused_by_name(field: str, value: float) -> None:
    """Shares in [0, 1], what is open 0 or more."""
    sizing = _size(**{field: value})

    assert sizing.refusal is not None
    assert field in sizing.refusal


@pytest.mark.parametrize(
    "probs", [{"BULL": 1.0}, {"CRISIS": 0.9}, {"CRISIS": 1.5, "RANGING": -0.5}, {}]
)
def test_probabilities_that_are_none_are_refused_by_name(probs: dict[str, float]) -> None:
    """Known regimes, in range, summing to one."""
    sizing = _size(regime_probs=probs)

    assert sizing.refusal is not None
    assert "regime_probs" in sizing.refusal


MONEY = st.floats(1e-300, 1e12)


@given(
    changes=st.fixed_dictionaries(
        dict.fromkeys(POSITIVE, MONEY)
        | dict.fromkeys(SHARES, st.floats(0, 1))
        | dict.fromkeys(("agent_open", "symbol_open", "total_open"), st.floats(0, 1e12))
        | {"cost_rate": st.floats(0, 1), "milestone_bonus": st.floats(0, 5)}
        | {"expected_return": st.floats(-10, 1e6)}
    ),
    sensitivity=st.floats(0.0, 4.0),
)
def test_no_size_passes_a_bound(changes: dict[str, float], sensitivity: float) -> None:
    """Whatever the account and the market, an accepted size is under each limit and the balance."""
    limits = HardLimits()
    parameters = SizingParameters(volatility_sensitivity=sensitivity)
    sizing = _size(limits, parameters, **changes)
    open_, slack = changes["symbol_open"], 1 + 1e-12

    assert isfinite(sizing.value)
    if sizing.refusal is None:
        assert sizing.value >= limits.min_notional
        assert sizing.value <= limits.max_trade_share * changes["portfolio_value"]
        assert sizing.value * (1 + changes["cost_rate"]) <= changes["free_cash"] * slack
        assert sizing.value + open_ <= 0.25 * changes["portfolio_value"] * slack
        assert sizing.value + changes["total_open"] <= changes["tradable"] * slack
        room = changes["agent_weight"] * changes["tradable"]
        assert sizing.value + changes["agent_open"] <= room * slack
    bounds = [step.factor for step in sizing.waterfall if step.step in BOUNDS]
    assert prod(bounds) <= 1.0


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
        ("target_sharpe", 0.0),
        ("min_risk", 0.0),
        ("max_risk", float("inf")),
        ("bonus_max", 1.5),
        ("allocation", {"CRISIS": float("nan")}),
    ],
)
def test_parameters_out_of_range_are_named(field: str, value: Any) -> None:
    """A release that would size by nonsense is refused by the parameter's name."""
    with pytest.raises(ValueError, match=field):
        SizingParameters(**{field: value})


def test_presets_differ_as_specified() -> None:
    """Leverage, allocations, target and compounding of each character."""
    careful, bold = PRESETS["conservative"], PRESETS["aggressive"]

    assert (careful.sizing.max_leverage, careful.sizing.allocation["BEAR_TRENDING"]) == (1.2, 0.1)
    assert (bold.sizing.max_leverage, bold.sizing.allocation["BULL_TRENDING"]) == (3.0, 1.5)
    assert (bold.sizing.target_sharpe, careful.sizing.target_sharpe) == (1.5, 2.0)
    assert [PRESETS[name].compounding for name in PRESETS] == list(PRESETS)


def test_a_preset_that_nobody_knows_is_refused_with_those_that_are_known() -> None:
    """It was read as the moderate one, so that a misspelt wish was traded as another."""
    with pytest.raises(ValueError, match="bold; it must be one of conservative, moderate, aggres"):
        SizingParameters(preset="bold")


@pytest.mark.parametrize("market", ["Calm", "Trend", "Chaos"])
def test_a_lone_newcomer_has_room_for_as_many_entries_as_the_limits_let_be_open(
    market: str,
) -> None:
    """A new account explores: entries at the least risk, five of them, in the worst market too."""
    limits = HardLimits()
    fresh = AgentRecord(pnl_7d=0.0, sharpe_30d=0.0, winrate_30d=0.0, max_dd_30d=0.0, trades=0)
    weight = allocate({"trend": fresh}, market_probs={market: 1.0}).weights["trend"]
    at_work = 0.0
    for _ in range(limits.max_open_positions):
        sizing = _size(
            limits, expected_return=None, annual_volatility=0.15, agent_weight=weight,
            agent_open=at_work, total_open=at_work, free_cash=10_000.0 - at_work,
        )  # fmt: skip

        assert sizing.refusal is None
        at_work += sizing.value


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"agent_weight": 0.025, "agent_open": 250.0}, "agent_weight, which leaves 0.00 of 500.00"),
        ({"symbol_weight": 0.0005}, "symbol_weight, which leaves 5.00 of 500.00"),
        ({"free_cash": 3.0}, "free_cash, which leaves 3.00 of 500.00"),
        ({"tradable": 150.0, "portfolio_value": 150.0}, "base is 5.0% of the tradable capital"),
    ],
)
def test_a_size_under_the_minimum_names_what_made_it_small(
    changes: dict[str, Any], expected: str
) -> None:
    """The step that took the largest part, and what it left."""
    refusal = _size(HardLimits(), **changes).refusal

    assert refusal is not None
    assert expected in refusal


def test_every_step_that_can_shrink_a_size_has_its_words() -> None:
    """None is told by its name alone; the base is told otherwise."""
    assert MADE_SMALL.keys() == {*WISHED, *BOUNDS} - {"base"}
