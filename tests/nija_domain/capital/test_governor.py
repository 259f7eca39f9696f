"""The governor's weights keep their bounds exactly and leave the rest in cash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.capital.governor import (
    MAX_WEIGHT,
    MIN_WEIGHT,
    NEWCOMER_CAP,
    AgentRecord,
    allocate,
    fill_weights,
    score,
)

CALM = {"Calm": 1.0}


def agent(**changes: float) -> AgentRecord:
    usual = {
        "pnl_7d": 0.0,
        "sharpe_30d": 1.0,
        "winrate_30d": 0.5,
        "max_dd_30d": 0.1,
        "trades": 50,
    }
    return AgentRecord(**(usual | changes))


def test_the_score_is_the_specified_sum() -> None:
    """0.40, 0.30, 0.20 and 0.10 of four numbers, each brought to [0, 1] and clipped."""
    told = score(agent(pnl_7d=0.05, sharpe_30d=3.0, winrate_30d=1.0, max_dd_30d=0.0))
    halfway = score(agent(pnl_7d=0.0, sharpe_30d=1.0, winrate_30d=0.5, max_dd_30d=0.125))

    assert told == pytest.approx(1.0)
    assert halfway == pytest.approx(0.5)
    assert score(agent(pnl_7d=9.0)) == score(agent(pnl_7d=0.05))


def test_two_agents_at_their_caps_leave_a_fifth_in_cash() -> None:
    """The rest is cash, never an agent over its cap."""
    allocation = allocate({"a": agent(), "b": agent()}, market_probs=CALM)

    assert allocation.weights == {"a": MAX_WEIGHT, "b": MAX_WEIGHT}
    assert allocation.cash == pytest.approx(0.2)


def test_a_newcomer_beside_seasoned_agents_stays_small() -> None:
    """Few trades or a canary: five per cent. Where nobody is seasoned, all are equal."""
    mixed = allocate({"old": agent(), "new": agent(trades=3)}, market_probs=CALM)
    all_new = allocate({"a": agent(trades=3), "b": agent(trades=1)}, market_probs=CALM)

    assert mixed.weights["new"] == NEWCOMER_CAP
    assert all_new.weights["a"] == all_new.weights["b"] == MAX_WEIGHT


def test_chaos_halves_every_weight_after_the_bounds() -> None:
    """The multiplier scales what the bounds have made."""
    calm = allocate({"a": agent(), "b": agent()}, market_probs=CALM)
    chaos = allocate({"a": agent(), "b": agent()}, market_probs={"Chaos": 1.0})

    assert chaos.unscaled == calm.unscaled
    assert chaos.weights["a"] == pytest.approx(calm.weights["a"] / 2)
    assert chaos.cash == pytest.approx(0.6)


@given(
    st.dictionaries(
        st.text("abcdefghij", min_size=1, max_size=3),
        st.floats(0.01, 1, allow_nan=False),
        min_size=1,
        max_size=30,
    )
)
def test_weights_keep_their_bounds_and_never_pass_one(scores: dict[str, float]) -> None:
    """Each weight is 0 or within [minimum, cap]; they sum to one unless all caps are reached."""
    weights = fill_weights(scores, dict.fromkeys(scores, MAX_WEIGHT))

    total = sum(weights.values())
    assert all(w == 0.0 or MIN_WEIGHT <= w <= MAX_WEIGHT for w in weights.values())
    assert total <= 1.0 + 1e-9
    assert total == pytest.approx(min(1.0, MAX_WEIGHT * len(scores)), abs=1e-6)


def test_a_score_of_nothing_is_worth_the_minimum() -> None:
    """Suspending is another thing: a bad agent may still show that it has become better."""
    weights = fill_weights({"bad": 0.0, "good": 0.5}, {"bad": MAX_WEIGHT, "good": MAX_WEIGHT})

    assert weights == {"bad": MIN_WEIGHT, "good": MAX_WEIGHT}


def test_more_score_is_never_less_weight() -> None:
    """Weights follow the order of the scores."""
    weights = fill_weights({"a": 0.9, "b": 0.5, "c": 0.1}, dict.fromkeys("abc", MAX_WEIGHT))

    assert weights["a"] >= weights["b"] >= weights["c"]
