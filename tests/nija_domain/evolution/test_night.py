"""A night says nothing unless the proposal is ahead of the incumbent and of luck."""

import numpy as np
import pytest
from msgspec.structs import replace

from nija_domain.errors import ProposalInvalid
from nija_domain.evaluation.backtest import run_backtest
from nija_domain.evaluation.outcome import Outcome, outcome_of
from nija_domain.evaluation.overfitting import TrialAccount
from nija_domain.evolution.night import (
    Contest,
    NightRules,
    NightVerdict,
    judge_night,
)
from tests.fakes.stages import STARTING_CASH, plan_backtest

BARS = 600
FEW = TrialAccount(3, (0.0, 0.01, -0.01))


def outcome(returns: np.ndarray, *, trades: int = 40) -> Outcome:
    times = tuple(range(0, len(returns) * 300, 300))
    return Outcome(at_us=times, returns=tuple(returns.tolist()), trades=trades)


def draw_contest(seed: int, *, advantage: float, trades: int = 40) -> Contest:
    """Both share the market's noise; the proposal adds its own, and its advantage a bar."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0.0, 0.001, BARS)
    own = rng.normal(advantage, 0.0005, BARS)
    proposal = outcome(market + own, trades=trades)
    return Contest(number=1, incumbent=outcome(market), proposal=proposal)


def judge(
    contest: Contest, *, trials: TrialAccount = FEW, open_candidates: int = 0
) -> NightVerdict:
    rng = np.random.default_rng(9)
    return judge_night(contest, trials=trials, open_candidates=open_candidates, rng=rng)


def test_a_proposal_that_is_ahead_of_both_becomes_a_candidate() -> None:
    """A planted advantage is seen, and the reason tells its numbers."""
    verdict = judge(draw_contest(1, advantage=0.0004))

    assert verdict.verdict == "candidate"
    assert verdict.metrics["advantage_lower_bound"] > 0.0
    assert verdict.metrics["deflated_sharpe"] > 0.95
    assert "3 trials" in verdict.reasons[0]


def test_nothing_is_the_usual_answer() -> None:
    """Of 100 proposals without any merit, hardly one becomes a candidate."""
    found = [judge(draw_contest(seed, advantage=0.0)).verdict for seed in range(100)]

    assert found.count("candidate") <= 2


def test_a_copy_of_the_incumbent_is_nothing() -> None:
    """However good both are: no advantage is not an advantage."""
    good = draw_contest(1, advantage=0.0004).proposal
    verdict = judge(Contest(number=1, incumbent=good, proposal=good))

    assert verdict.verdict == "nothing"
    assert [reason for reason in verdict.reasons if "not above zero" in reason]
    assert len(verdict.reasons) == 1


def test_ahead_of_a_bad_incumbent_is_not_enough() -> None:
    """A proposal that merely loses less is ahead of the incumbent, and not of luck."""
    quiet = outcome(np.random.default_rng(4).normal(0.0, 0.001, BARS))
    losing = replace(quiet, returns=tuple(r - 0.0005 for r in quiet.returns))
    verdict = judge(Contest(number=1, incumbent=losing, proposal=quiet))

    assert verdict.metrics["advantage_lower_bound"] > 0.0
    assert verdict.verdict == "nothing"
    assert "deflated Sharpe" in verdict.reasons[0]


def test_every_night_before_raises_the_bar() -> None:
    """The same result is a candidate after three trials, and nothing after half a million."""
    contest = draw_contest(2, advantage=0.0002)
    many = TrialAccount(500_000, FEW.sharpes)

    assert judge(contest).verdict == "candidate"
    assert judge(contest, trials=many).verdict == "nothing"


def test_a_fourth_candidate_waits() -> None:
    """Three slots are taken: the result is told, and nothing is opened."""
    contest = draw_contest(1, advantage=0.0004)

    assert judge(contest, open_candidates=2).verdict == "candidate"
    assert judge(contest, open_candidates=3).reasons == ("3 candidates are open; close one first",)


def test_few_round_trips_prove_nothing() -> None:
    """A single lucky ride is no strategy."""
    verdict = judge(draw_contest(1, advantage=0.0004, trades=4))

    assert verdict.reasons == ("4 round trips; 5 are the least to judge by",)


def test_the_same_night_judges_the_same() -> None:
    """Contest, trials and generator decide alone."""
    contest = draw_contest(3, advantage=0.0001)

    assert judge(contest) == judge(contest)


def test_the_outcome_is_the_back_test_s_equity() -> None:
    """Returns, put together again, give the account's end; a mark for every bar."""
    run = run_backtest(plan_backtest(bars=120, seed=3))
    found = outcome_of(run, starting_cash=STARTING_CASH)
    grown = float(STARTING_CASH) * float(np.prod(1.0 + np.array(found.returns)))

    assert grown == pytest.approx(float(run.equity[-1].equity))
    assert found.at_us == tuple(mark.at_us for mark in run.equity)
    assert (len(found.returns), found.trades) == (120, len(run.trades))
    assert any(found.returns)


def test_the_first_bar_counts_against_the_cash_at_the_start() -> None:
    """A loss in the very first bar is not lost sight of."""
    run = run_backtest(plan_backtest(bars=30, seed=3))
    found = outcome_of(run, starting_cash=2 * STARTING_CASH)

    assert found.returns[0] == pytest.approx(-0.5, abs=0.01)


def test_what_cannot_be_compared_is_refused() -> None:
    """Other moments, too few bars, or a ledger that does not hold the trial itself."""
    contest = draw_contest(1, advantage=0.0)
    late = replace(contest.proposal, at_us=tuple(t + 1 for t in contest.proposal.at_us))
    short = outcome(np.zeros(NightRules().block_bars - 1))

    with pytest.raises(ProposalInvalid, match="same slice"):
        judge(replace(contest, proposal=late))
    with pytest.raises(ProposalInvalid, match="ingest more history"):
        judge(Contest(number=1, incumbent=short, proposal=short))
    with pytest.raises(ProposalInvalid, match="record the proposal's own"):
        judge(contest, trials=TrialAccount(0, ()))
