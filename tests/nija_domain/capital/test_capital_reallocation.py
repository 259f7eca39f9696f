"""When weights move and when they stand; each decision says why."""

from typing import Any

import pytest

from nija_domain.capital.governor import AgentRecord, GovernorRules
from nija_domain.capital.reallocation import (
    Applied,
    Reallocation,
    ReallocationOccasion,
    decide_reallocation,
)
from nija_domain.market.timeframes import HOUR_US
from tests.nija_domain.capital.test_capital_governor import agent

RULES = GovernorRules()
AGENTS = {"a": agent(), "b": agent()}
STANDING = Applied(unscaled={"a": 0.4, "b": 0.4}, multiplier=1.0, applied_us=0)


def _decide(
    agents: dict[str, AgentRecord] = AGENTS, previous: Applied | None = STANDING, **changes: Any
) -> Reallocation:
    fields: dict[str, Any] = {"market_probs": {"Calm": 1.0}, "at_us": 2 * HOUR_US}
    occasion = ReallocationOccasion(**(fields | changes))
    return decide_reallocation(agents, previous=previous, occasion=occasion, rules=RULES)


def test_the_first_allocation_moves() -> None:
    """Where nothing was applied there is nothing to keep."""
    found = _decide(previous=None)

    assert found.is_moved
    assert found.allocation.weights == {"a": 0.4, "b": 0.4}


def test_nothing_new_stands_with_its_reason() -> None:
    """The decision not to move is one as well, with its scores."""
    found = _decide()

    assert not found.is_moved
    assert "no weight would move" in found.reason
    assert found.allocation.scores["a"] > 0.0


@pytest.mark.parametrize(("before", "moves"), [(0.30, True), (0.301, False)])
def test_ten_points_of_an_unscaled_weight_move(before: float, moves: bool) -> None:
    """The bound itself moves; a hair less does not."""
    previous = Applied(unscaled={"a": before, "b": 0.4}, multiplier=1.0)
    found = _decide(previous=previous)

    assert found.is_moved is moves
    assert found.allocation.unscaled["a"] == (0.4 if moves else before)


@pytest.mark.parametrize(
    ("market", "before", "at_us", "moves"),
    [
        ({"Chaos": 1.0}, 1.0, 1, True),
        ({"Trend": 1.0}, 1.0, 1, True),
        ({"Calm": 0.5, "Trend": 0.5}, 1.0, 1, False),
        ({"Calm": 1.0}, 0.5, HOUR_US - 1, False),
        ({"Calm": 1.0}, 0.5, HOUR_US, True),
    ],
)
def test_the_multiplier_falls_at_once_and_rises_after_an_hour(
    market: dict[str, float], before: float, at_us: int, moves: bool
) -> None:
    """By a tenth or more, against the one last applied."""
    previous = Applied(unscaled={"a": 0.4, "b": 0.4}, multiplier=before, applied_us=0)
    found = _decide(previous=previous, market_probs=market, at_us=at_us)

    assert found.is_moved is moves


def test_who_joins_leaves_or_halts_moves_the_weights() -> None:
    """Each is told by its name."""
    joins = _decide({**AGENTS, "c": agent()})
    leaves = _decide({"a": agent()})
    halts = _decide({"a": agent(), "b": agent(is_suspended=True)})

    assert (joins.reason, leaves.reason, halts.reason) == ("c joins", "b leaves", "b halts")
    assert halts.allocation.weights["b"] == 0.0
    assert joins.is_moved
    assert leaves.is_moved
    assert halts.is_moved


def test_while_the_guardian_is_paused_the_weights_stand() -> None:
    """Whoever joins and whatever the market does."""
    found = _decide({**AGENTS, "c": agent()}, market_probs={"Chaos": 1.0}, is_paused=True)

    assert not found.is_moved
    assert found.allocation.weights == {"a": 0.4, "b": 0.4}
    assert "paused" in found.reason
    assert _decide(previous=None, is_paused=True).allocation.cash == 1.0


def test_a_cap_that_has_come_down_binds_at_once() -> None:
    """Five points over a lowered maximum move; at it the weights stand."""
    occasion = ReallocationOccasion(market_probs={"Calm": 1.0})
    lower = GovernorRules(max_alloc=0.35)
    over = decide_reallocation(AGENTS, previous=STANDING, occasion=occasion, rules=lower)
    bound = Applied(unscaled=over.allocation.unscaled, multiplier=1.0)
    after = decide_reallocation(AGENTS, previous=bound, occasion=occasion, rules=lower)

    assert over.is_moved
    assert over.reason == "a is over its cap of 35.0%"
    assert over.allocation.unscaled == {"a": 0.35, "b": 0.35}
    assert not after.is_moved
