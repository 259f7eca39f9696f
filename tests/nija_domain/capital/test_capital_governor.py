"""The governor's weights keep their bounds exactly and leave the rest in cash."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.capital.correlation import correlation_divisors, half_kelly
from nija_domain.capital.governor import (
    AgentRecord,
    Cap,
    GovernorRules,
    allocate,
    caps_of,
    fill_weights,
    market_multiplier,
    score,
    score_agents,
)

CALM = {"Calm": 1.0}
RULES = GovernorRules()
LEAST, MOST = RULES.min_alloc, RULES.max_alloc
ROUNDING = 1e-12


def agent(**changes: object) -> AgentRecord:
    usual = {
        "pnl_7d": 0.0,
        "sharpe_30d": 1.0,
        "winrate_30d": 0.5,
        "max_dd_30d": 0.1,
        "trades": 50,
    }
    return AgentRecord(**(usual | changes))


def _daily(seed: int, *, mean: float = 0.002, days: int = 30) -> tuple[float, ...]:
    return tuple(np.random.default_rng(seed).normal(mean, 0.01, days).tolist())


def test_the_score_is_the_specified_sum() -> None:
    """0.40, 0.30, 0.20 and 0.10 of four numbers, each brought to [0, 1] and clipped."""
    found = score(agent(pnl_7d=0.05, sharpe_30d=3.0, winrate_30d=1.0, max_dd_30d=0.0))
    halfway = score(agent(pnl_7d=0.0, sharpe_30d=1.0, winrate_30d=0.5, max_dd_30d=0.125))

    assert found == pytest.approx(1.0)
    assert halfway == pytest.approx(0.5)
    assert score(agent(pnl_7d=9.0)) == score(agent(pnl_7d=0.05))


def test_two_agents_at_their_caps_leave_a_fifth_in_cash() -> None:
    """The rest is cash, never an agent over its cap."""
    allocation = allocate({"a": agent(), "b": agent()}, market_probs=CALM)

    assert allocation.weights == {"a": MOST, "b": MOST}
    assert allocation.cash == pytest.approx(0.2)


def test_chaos_halves_every_weight_after_the_bounds() -> None:
    """The multiplier scales what the bounds have made."""
    calm = allocate({"a": agent(), "b": agent()}, market_probs=CALM)
    chaos = allocate({"a": agent(), "b": agent()}, market_probs={"Chaos": 1.0})

    assert chaos.unscaled == calm.unscaled
    assert chaos.weights["a"] == pytest.approx(calm.weights["a"] / 2)
    assert chaos.cash == pytest.approx(0.6)


def test_the_market_multiplier_is_an_expectation() -> None:
    """Calm 1.0, Trend 0.9, Chaos 0.5, by their probabilities; protection multiplies it."""
    probs = {"Calm": 0.5, "Trend": 0.3, "Chaos": 0.2}
    found = allocate({"a": agent()}, market_probs=probs, protection_multiplier=0.5)

    assert market_multiplier(probs) == pytest.approx(0.5 + 0.27 + 0.1)
    assert found.multiplier == pytest.approx(0.87 / 2)


def test_half_kelly_caps_where_thirty_days_exist() -> None:
    """Half of mean over variance; a losing month is worth nothing; 29 days tell nothing."""
    daily = _daily(3, mean=0.0)
    window = np.array(daily)
    kelly = window.mean() / window.var(ddof=1) / 2
    losing = tuple(-abs(r) for r in daily)

    assert half_kelly(daily) == pytest.approx(max(kelly, 0.0))
    assert half_kelly(losing) == 0.0
    assert half_kelly(daily[1:]) is None
    assert caps_of({"a": agent(daily_pnl=losing)}, RULES) == {"a": Cap(0.0, "half-Kelly")}
    assert half_kelly((0.0,) * 30) is None
    assert (half_kelly((0.001,) * 30) or 0.0) > 1e9


def test_a_cap_under_the_minimum_is_worth_nothing() -> None:
    """An agent that lost all month gets 0, and the other its cap."""
    losing = tuple(-abs(r) for r in _daily(3))
    found = allocate({"good": agent(), "bad": agent(daily_pnl=losing)}, market_probs=CALM)

    assert found.weights == {"good": MOST, "bad": 0.0}


def test_correlated_agents_share() -> None:
    """Two that are one count half each; one that moves against them loses nothing."""
    one, other = _daily(1), _daily(2)
    against = tuple(-r for r in one)

    assert correlation_divisors({"a": one, "b": one}) == pytest.approx({"a": 2.0, "b": 2.0})
    assert correlation_divisors({"a": one, "b": against}) == pytest.approx({"a": 1.0, "b": 1.0})
    slow = np.corrcoef([one, other, against])
    found = correlation_divisors({"a": one, "b": other, "c": against})
    mean = (max(slow[0, 1], 0.0) + max(slow[0, 2], 0.0)) / 2
    assert found["a"] == pytest.approx(1.0 + mean, rel=1e-12)


def test_results_that_never_move_go_along_with_nothing() -> None:
    """A constant series has no correlation, and one without results none either."""
    found = correlation_divisors({"a": _daily(1), "flat": (0.0,) * 30, "none": ()})

    assert found == pytest.approx({"a": 1.0, "flat": 1.0, "none": 1.0})


def test_a_short_record_leaves_the_correlation_of_the_others() -> None:
    """Each pair is compared over its own days: one with two days hides no other's thirty."""
    one, other = _daily(1), _daily(2)
    found = correlation_divisors({"a": one, "b": other, "new": (0.01, 0.02)})
    pairs = [max(float(np.corrcoef(one[-len(b) :], b)[0, 1]), 0.0) for b in (other, (0.01, 0.02))]

    assert found["a"] == pytest.approx(1.0 + sum(pairs) / 2)


def test_equal_results_that_only_rounding_moves_are_still() -> None:
    """The mean of thirty tenths is no tenth, and yet nothing has moved."""
    still = (0.1,) * 30
    agents = {"a": agent(daily_pnl=still), "b": agent(daily_pnl=_daily(1))}

    assert np.mean(still) != still[0]
    assert correlation_divisors({"a": still, "b": still}) == {"a": 1.0, "b": 1.0}
    assert score_agents(agents, by_volatility=True)["a"] == score(agents["a"])


def test_volatility_counts_where_it_is_asked_for() -> None:
    """Twice as restless: half the score of the other."""
    calm = _daily(1, mean=0.0)
    wild = tuple(2 * r for r in _daily(2, mean=0.0))
    agents = {"calm": agent(daily_pnl=calm), "wild": agent(daily_pnl=wild)}
    plain, by_volatility = score_agents(agents), score_agents(agents, by_volatility=True)

    assert plain["wild"] == pytest.approx(plain["calm"])
    ratio = np.std(calm, ddof=1) / np.std(wild, ddof=1)
    assert by_volatility["wild"] / by_volatility["calm"] == pytest.approx(ratio)


def _bisected(scores: dict[str, float], caps: dict[str, float]) -> dict[str, float]:
    """λ the slow way: halving until the sum is met."""
    low, high = 0.0, 1e9
    for _ in range(400):
        middle = (low + high) / 2.0
        total = sum(min(max(middle * s, LEAST), caps[name]) for name, s in scores.items())
        low, high = (low, middle) if total > 1.0 else (middle, high)
    return {name: min(max(low * s, LEAST), caps[name]) for name, s in scores.items()}


SCORES = st.dictionaries(
    st.text("abcdefghij", min_size=1, max_size=3), st.floats(0.01, 1), min_size=1, max_size=20
)


@given(scores=SCORES, data=st.data())
def test_weights_are_those_of_the_slow_search(
    scores: dict[str, float], data: st.DataObject
) -> None:
    """λ from the corners of the sum is λ by bisection."""
    caps = {name: data.draw(st.floats(LEAST, MOST)) for name in scores}
    fast, slow = fill_weights(scores, caps, minimum=LEAST), _bisected(scores, caps)

    assert fast == pytest.approx(slow, abs=1e-9)


def _breaches(weights: dict[str, float], caps: dict[str, float]) -> list[str]:
    return [
        name
        for name, weight in weights.items()
        if not (weight == 0.0 or LEAST <= weight <= caps[name])
    ]


RECORDS = st.builds(
    AgentRecord,
    pnl_7d=st.floats(-0.2, 0.2),
    sharpe_30d=st.floats(-5, 5),
    winrate_30d=st.floats(0, 1),
    max_dd_30d=st.floats(0, 1),
    trades=st.integers(0, 30),
    is_canary=st.booleans(),
    is_suspended=st.booleans(),
    daily_pnl=st.one_of(
        st.just(()), st.integers(0, 99).map(_daily), st.integers(0, 99).map(lambda s: _daily(s)[:9])
    ),
)


@given(
    agents=st.dictionaries(st.text("abcdefghij", min_size=1, max_size=3), RECORDS, max_size=30),
    chaos=st.floats(0, 1),
)
def test_weights_keep_their_bounds_and_sum_with_cash_to_one(
    agents: dict[str, AgentRecord], chaos: float
) -> None:
    """Unscaled each is 0 or within [minimum, cap]; scaled they and cash are all there is."""
    found = allocate(agents, market_probs={"Calm": 1.0 - chaos, "Chaos": chaos})
    caps = {name: cap.share for name, cap in caps_of(agents, RULES).items()}
    unscaled = sum(found.unscaled.values())

    assert _breaches(found.unscaled, caps) == []
    assert unscaled <= 1.0 + ROUNDING
    assert abs(sum(found.weights.values()) + found.cash - 1.0) <= ROUNDING
    able = [name for name, cap in caps.items() if cap >= LEAST]
    wanted = sum(caps[name] if found.scores[name] > 0.0 else LEAST for name in able)
    assert unscaled == pytest.approx(min(1.0, wanted), abs=1e-9)


@given(scores=SCORES, data=st.data())
def test_a_better_score_never_has_less(scores: dict[str, float], data: st.DataObject) -> None:
    """Under equal caps weights stand in the order of scores; a raised score lowers nobody's own."""
    name = data.draw(st.sampled_from(sorted(scores)))
    raised = scores | {name: scores[name] + data.draw(st.floats(0, 1))}
    caps = dict.fromkeys(scores, MOST)
    before, after = (fill_weights(found, caps, minimum=LEAST) for found in (scores, raised))
    ordered = sorted(scores, key=lambda one: scores[one])
    weights = [before[one] for one in ordered]

    assert all(low <= high + ROUNDING for low, high in pairwise(weights))
    assert after[name] >= before[name] - ROUNDING


def test_clipping_and_then_normalising_would_be_seen() -> None:
    """The check above can fail: that popular shortcut breaks the cap that it has applied."""
    scores, caps = {"a": 0.9, "b": 0.1}, {"a": MOST, "b": MOST}
    clipped = {name: min(max(s, LEAST), MOST) for name, s in scores.items()}
    shortcut = {name: weight / sum(clipped.values()) for name, weight in clipped.items()}

    assert _breaches(shortcut, caps) == ["a"]


def test_a_score_of_nothing_is_worth_the_minimum() -> None:
    """Suspending is another thing: a bad agent may still show that it has become better."""
    weights = fill_weights({"bad": 0.0, "good": 0.5}, {"bad": MOST, "good": MOST}, minimum=LEAST)

    assert weights == {"bad": LEAST, "good": MOST}


def test_where_not_all_minima_fit_the_lowest_scores_get_nothing() -> None:
    """Twenty places of five per cent: of 23 agents the three worst wait outside."""
    scores = {f"agent {place:02}": 1.0 - place / 100 for place in range(23)}
    weights = fill_weights(scores, dict.fromkeys(scores, MOST), minimum=LEAST)

    assert [name for name, weight in weights.items() if weight == 0.0] == sorted(scores)[20:]
    assert sum(weights.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("interval_s", 0.0),
        ("min_alloc", 0.0),
        ("min_alloc", 1.1),
        ("max_alloc", 0.01),
        ("threshold", -0.1),
    ],
)
def test_rules_out_of_range_are_named(field: str, value: float) -> None:
    """A minimum over the maximum is none."""
    with pytest.raises(ValueError, match=field):
        GovernorRules(**{field: value})
