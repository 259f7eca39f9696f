"""Agents that have shown nothing yet: small beside one that has, equal among themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.capital.governor import NEWCOMER_CAP, AgentRecord, allocate
from tests.nija_domain.capital.test_capital_governor import CALM, LEAST, MOST, ROUNDING, agent


def test_beside_a_record_a_newcomer_stays_small_and_a_canary_always_does() -> None:
    """Few trades or a canary: five per cent."""
    mixed = allocate(
        {"old": agent(), "new": agent(trades=9), "bird": agent(is_canary=True)}, market_probs=CALM
    )

    assert mixed.weights["new"] == mixed.weights["bird"] == NEWCOMER_CAP
    assert mixed.weights["old"] == MOST


def test_where_nobody_has_ten_trades_all_share_up_to_the_maximum() -> None:
    """What so few trades have paid tells nothing, and there is nobody to be small beside."""
    lone = allocate({"new": agent(trades=0)}, market_probs=CALM)
    fresh = allocate({"a": agent(trades=9, pnl_7d=0.05), "b": agent(trades=0)}, market_probs=CALM)
    four = allocate({name: agent(trades=0) for name in "abcd"}, market_probs=CALM)

    assert lone.weights == {"new": MOST}
    assert fresh.scores == {"a": 1.0, "b": 1.0}
    assert fresh.weights == {"a": MOST, "b": MOST}
    assert four.weights == pytest.approx(dict.fromkeys("abcd", 0.25))


def test_the_tenth_trade_of_one_makes_the_others_small() -> None:
    """From then on there is a record to be beside."""
    before = allocate({"a": agent(trades=9), "b": agent(trades=9)}, market_probs=CALM)
    after = allocate({"a": agent(trades=10), "b": agent(trades=9)}, market_probs=CALM)

    assert before.weights == {"a": MOST, "b": MOST}
    assert after.weights == {"a": MOST, "b": NEWCOMER_CAP}


NEWCOMERS = st.dictionaries(
    st.text("abcdefghij", min_size=1, max_size=3),
    st.builds(agent, trades=st.integers(0, 9), is_canary=st.booleans(), pnl_7d=st.floats(-1, 1)),
    min_size=1,
    max_size=30,
)


@given(agents=NEWCOMERS)
def test_newcomers_among_themselves_are_equal_and_canaries_small(
    agents: dict[str, AgentRecord],
) -> None:
    """Whatever their few trades paid: one weight for all newcomers that there is room for."""
    found = allocate(agents, market_probs=CALM)
    given = {weight for name, weight in found.unscaled.items() if not agents[name].is_canary}
    birds = [weight for name, weight in found.unscaled.items() if agents[name].is_canary]

    assert max(birds, default=0.0) <= NEWCOMER_CAP
    room = 1.0 - sum(birds)
    count = len(agents) - len(birds)
    assert max(given, default=0.0) == pytest.approx(_equal_share(count, room), abs=1e-9)
    assert len(given - {0.0}) <= 1


def _equal_share(count: int, room: float) -> float:
    """Twenty minima are all that fit."""
    return min(max(room / count, LEAST), MOST) if count and room >= LEAST - ROUNDING else 0.0


@given(agents=NEWCOMERS, data=st.data())
def test_names_of_newcomers_do_not_matter(
    agents: dict[str, AgentRecord], data: st.DataObject
) -> None:
    """The same records under exchanged names give exchanged weights, as long as all have room."""
    agents = dict(list(agents.items())[:20])
    names = list(agents)
    moved = dict(zip(names, data.draw(st.permutations(names)), strict=True))
    plain = allocate(agents, market_probs=CALM).unscaled
    exchanged = allocate({moved[n]: r for n, r in agents.items()}, market_probs=CALM).unscaled

    assert {moved[name]: weight for name, weight in plain.items()} == pytest.approx(exchanged)


@given(agents=NEWCOMERS, trades=st.integers(10, 50), seasoned=st.text("xyz", min_size=1))
def test_a_record_beside_them_never_gives_a_newcomer_more(
    agents: dict[str, AgentRecord], trades: int, seasoned: str
) -> None:
    """No newcomer gains when one with a record joins, and none is over five per cent then."""
    alone = allocate(agents, market_probs=CALM).unscaled
    beside = allocate(agents | {seasoned: agent(trades=trades)}, market_probs=CALM).unscaled

    assert all(beside[name] <= max(alone[name], NEWCOMER_CAP) + ROUNDING for name in agents)
    assert all(beside[name] <= NEWCOMER_CAP for name in agents)
