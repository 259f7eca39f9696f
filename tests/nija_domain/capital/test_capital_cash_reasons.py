"""Where caps leave cash the answer says that it is the rule, and which caps they were."""

from hypothesis import given
from hypothesis import strategies as st

from nija_domain.capital.cash_reasons import why_cash
from nija_domain.capital.governor import AgentRecord, Allocation, GovernorRules, allocate, scaled
from tests.nija_domain.capital.test_capital_governor import RECORDS, agent

RULES = GovernorRules()
ROUNDING = 1e-9


def _why(market: str = "Calm", **agents: AgentRecord) -> str | None:
    return why_cash(agents, allocate(agents, market_probs={market: 1.0}), RULES)


def test_two_agents_at_their_caps_are_told_that_scores_do_not_matter_there() -> None:
    """0.16 and 0.755 both have 40 %: the rest may go to nobody."""
    found = _why(weak=agent(pnl_7d=-0.05, sharpe_30d=-1.0), good=agent(pnl_7d=0.05))

    assert found == (
        "this is the rule: no agent passes its cap, and what is left over stays in cash;"
        " weak and good stand at the maximum of 40.0%; the caps leave 20.0% in cash;"
        " since all are at their caps, a higher score gives none of them more"
    )


def test_each_kind_of_cap_has_its_name() -> None:
    """A canary, a newcomer, a bad month, a suspension, and what the market takes besides."""
    losing = tuple(-0.01 - 0.001 * (day % 3) for day in range(30))
    found = _why(
        "Chaos",
        old=agent(),
        new=agent(trades=2),
        bird=agent(is_canary=True),
        bad=agent(daily_pnl=losing),
        out=agent(is_suspended=True),
    )

    assert found is not None
    for part in (
        "old stands at the maximum of 40.0%",
        "new stands at a newcomer's share of 5.0%",
        "bird stands at a canary's share of 5.0%",
        "bad has nothing, as half-Kelly of 0.0% is under the minimum",
        "out is suspended and has nothing",
        "the caps leave 50.0% in cash, and the multiplier of 0.50 a further 25.0%",
    ):
        assert part in found


def test_a_score_of_nothing_is_named() -> None:
    """It has the minimum and no cap, and yet cash stays."""
    worst = agent(pnl_7d=-1.0, sharpe_30d=-9.0, winrate_30d=0.0, max_dd_30d=1.0)
    found = _why(good=agent(), worst=worst)

    assert found is not None
    assert "worst has the minimum, as its score is 0" in found
    assert "the caps leave 55.0% in cash" in found


def test_where_caps_leave_nothing_there_is_nothing_to_tell() -> None:
    """Three agents have all; nobody has none; weights that only stand are no work of a cap."""
    two = {"a": agent(), "b": agent()}
    standing = scaled({"a": 0.5, "b": 0.5}, {"a": 0.3, "b": 0.4}, multiplier=1.0)

    assert _why(a=agent(), b=agent(), c=agent()) is None
    assert _why() is None
    assert why_cash(two, standing, RULES) is None


@given(agents=st.dictionaries(st.text("abc", min_size=1, max_size=2), RECORDS, max_size=9))
def test_whatever_the_caps_leave_is_told(agents: dict[str, AgentRecord]) -> None:
    """A reason stands exactly where unscaled weights of agents leave cash."""
    made: Allocation = allocate(agents, market_probs={"Calm": 1.0})
    has_cash = bool(agents) and 1.0 - sum(made.unscaled.values()) > ROUNDING

    assert (why_cash(agents, made, RULES) is not None) is has_cash
