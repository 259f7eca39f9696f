"""The questions of `nija capital size` and `allocate`: right by hand, or refused by name."""

import json
from typing import Any

import pytest

from nija_domain.capital.limits import HardLimits
from nija_domain.capital.questions import (
    AllocateQuestion,
    SizeQuestion,
    answer_allocation,
    answer_size,
    read_question,
)
from nija_domain.errors import NotFound, NumberInvalid, QuestionInvalid

SIZE = {
    "base_capital": 1000,
    "equity": 1048,
    "peak": 1048,
    "reinvested": 36,
    "preserved": 12,
    "locked": 0,
    "protection_level": "NORMAL",
    "milestones_passed": 0,
    "volatility": 0.3,
    "sensitivity": 1.0,
    "regime_probs": {"BULL_TRENDING": 1.0},
    "expected_return": 0.15,
    "portfolio_value": 1048,
    "free_cash": 1048,
    "preset": "moderate",
}
AGENT = {
    "pnl_7d": 0.0,
    "sharpe_30d": 1.0,
    "winrate_30d": 0.5,
    "max_dd_30d": 0.1,
    "trades": 50,
}
ALLOCATE = {
    "agents": {"a": AGENT, "b": AGENT},
    "previous": None,
    "market": {"Calm": 1.0},
    "paused": False,
    "min_alloc": 0.05,
    "max_alloc": 0.40,
    "threshold": 0.10,
}

REFUSED = (NotFound, NumberInvalid, QuestionInvalid)


def _size(**changes: Any) -> tuple[float, str | None]:
    answer, refusal = answer_size(
        read_question(json.dumps(SIZE | changes), SizeQuestion), HardLimits()
    )
    return answer.size, refusal


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({"protection_level": "DANGER", "expected_return": 0.65}, 1036 * 0.05 * 0.25),
        ({"equity": 943.2, "expected_return": 0.65}, 1036 * 0.05 * 0.5),
        ({"milestones_passed": 2, "expected_return": 0.65}, 1036 * 0.05 * 1.4),
        ({"milestones_passed": [100, 250], "expected_return": 0.65}, 1036 * 0.05 * 1.4),
        ({"volatility": 0.6, "expected_return": 1.25}, 1036 * 0.05 * 0.5),
        ({"preset": "aggressive", "expected_return": 0.5}, 1036 * 0.05 * 1.5),
        ({"expected_return": 9.0, "agent_weight": 0.05}, 1036 * 0.05),
        ({"expected_return": 9.0, "free_cash": 20.4, "fee_rate": 0.01, "slippage_rate": 0.01}, 20),
    ],
)
def test_each_field_has_its_step(changes: dict[str, Any], size: float) -> None:
    """By hand, one at a time; a drawdown prescribes its level whatever is told."""
    assert _size(**changes)[0] == pytest.approx(size)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"protection_level": "HALT"}, "protection"),
        ({"expected_return": 0.0}, "expected_return"),
        ({"free_cash": 9.0}, "minimum"),
    ],
)
def test_a_refused_entry_is_a_size_of_nothing_with_its_reason(
    changes: dict[str, Any], expected: str
) -> None:
    """An answer, not an error."""
    size, refusal = _size(**changes)

    assert size == 0.0
    assert refusal is not None
    assert expected in refusal


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "1", None, True])
@pytest.mark.parametrize(
    "field", ["base_capital", "equity", "peak", "volatility", "portfolio_value", "free_cash"]
)
def test_impossible_money_is_refused_by_name(field: str, value: object) -> None:
    """Zero, negative, no number at all."""
    with pytest.raises(REFUSED, match=field):
        _size(**{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reinvested", -1),
        ("expected_return", float("nan")),
        ("peak", 1000),
        ("preset", "reckless"),
        ("protection_level", "PANIC"),
        ("milestones_passed", 11),
        ("milestones_passed", [250, 100]),
        ("milestones_passed", [3, 3]),
        ("sensitivity", -1),
        ("policy_exposure", 1.1),
        ("signal_share", -0.1),
        ("agent_open", -1),
        ("fee_rate", float("inf")),
        ("regime_probs", {"BULL_TRENDING": 0.5}),
        ("regime_probs", {"MOON": 1.0}),
        ("leverage", 3),
    ],
)
def test_impossible_fields_are_refused_by_name(field: str, value: object) -> None:
    """Out of range, unknown, or both."""
    with pytest.raises(REFUSED, match=field):
        _size(**{field: value})


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"preset": "reckless"}, NotFound),
        ({"protection_level": "PANIC"}, NotFound),
        ({"milestones_passed": [3, 3]}, QuestionInvalid),
        ({"leverage": 3}, QuestionInvalid),
        ({"fee_rate": -1}, NumberInvalid),
        ({"sensitivity": -1}, NumberInvalid),
    ],
)
def test_a_name_a_question_and_a_number_are_refused_as_what_they_are(
    changes: dict[str, Any], kind: type[Exception]
) -> None:
    """A name that nobody knows is no number out of range."""
    with pytest.raises(kind):
        _size(**changes)


def test_a_missing_field_and_no_json_are_named() -> None:
    """What is not there, and what is no question."""
    with pytest.raises(QuestionInvalid, match="volatility"):
        read_question(
            json.dumps({k: v for k, v in SIZE.items() if k != "volatility"}), SizeQuestion
        )
    for text in ("what?", b"\xff\xfe{", "[1]", json.dumps(SIZE | {"equity": 10**400})):
        with pytest.raises(QuestionInvalid, match="question"):
            read_question(text, SizeQuestion)


def _allocate(**changes: Any) -> Any:
    question = read_question(json.dumps(ALLOCATE | changes), AllocateQuestion)
    return answer_allocation(question, HardLimits())


@pytest.mark.parametrize(
    "previous",
    [
        {"a": 0.4, "b": 0.4},
        {"a": 0.4, "b": 0.4, "cash": 0.2},
        {"unscaled": {"a": 0.4, "b": 0.4}, "multiplier": 1.0},
        {"unscaled": {"a": 0.4, "b": 0.4}, "multiplier": None, "reason": "an answer"},
    ],
)
def test_a_previous_allocation_stands(previous: dict[str, Any]) -> None:
    """Plain weights, or the answer of this command."""
    answer = _allocate(previous=previous)

    assert answer.reallocated is False
    assert answer.weights == {"a": 0.4, "b": 0.4}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agents", {"a": AGENT | {"winrate_30d": 1.5}}),
        ("pnl_7d", {"agents": {"a": AGENT | {"pnl_7d": float("nan")}}}),
        ("trades", {"agents": {"a": AGENT | {"trades": -1}}}),
        ("luck", {"agents": {"a": AGENT | {"luck": 1}}}),
        ("market", {"Calm": 0.9}),
        ("market", {"Sideways": 1.0}),
        ("min_alloc", 0.0),
        ("max_alloc", 0.01),
        ("daily_pnl", {"stranger": [0.1]}),
        ("previous", {"a": 1.5}),
        ("previous", {"unscaled": {"a": 0.4}, "multiplier": 2}),
        ("previous", {"a": 0.8, "b": 0.8}),
        ("mood", 1),
    ],
)
def test_impossible_allocations_are_refused_by_name(field: str, value: Any) -> None:
    """The field that cannot be is in the message."""
    changes = value if isinstance(value, dict) and "agents" in value else {field: value}
    with pytest.raises(REFUSED, match="winrate_30d" if field == "agents" else field):
        _allocate(**changes)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"agents": {"a": AGENT, "b": AGENT | {"luck": 1}}}, r"`luck` - at `\$\.agents\.b`"),
        ({"agents": {"a": AGENT, "b": AGENT | {"trades": "5"}}}, r"`\$\.agents\.b\.trades`"),
        ({"daily_pnl": {"a": [0.1], "b": [0.1, "x"]}}, r"`\$\.daily_pnl\.b\[1\]`"),
    ],
)
def test_what_cannot_be_read_of_one_agent_names_the_agent(
    changes: dict[str, Any], path: str
) -> None:
    """The second of two, by its own name."""
    with pytest.raises(QuestionInvalid, match=path):
        _allocate(**changes)


def test_the_smallest_minimum_that_a_number_can_be_has_an_answer() -> None:
    """Its reciprocal is none, and yet two agents have their places."""
    assert _allocate(min_alloc=5e-324).weights == {"a": 0.4, "b": 0.4}


def test_a_rise_waits_where_time_is_told() -> None:
    """Half an hour after the fall the weights stand, an hour after it they rise."""
    previous = {"unscaled": {"a": 0.4, "b": 0.4}, "multiplier": 0.5, "applied_us": 0}

    assert _allocate(previous=previous, now_us=1_800_000_000).reallocated is False
    assert _allocate(previous=previous, now_us=3_600_000_000).reallocated is True
