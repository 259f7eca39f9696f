"""The verdict of one night: the proposal becomes a candidate or, most nights, nothing."""

from collections.abc import Iterator
from typing import Literal

import msgspec
import numpy as np

from nija_domain.errors import ProposalInvalid
from nija_domain.evaluation.outcome import Outcome
from nija_domain.evaluation.overfitting import (
    BARS_MIN,
    TrialAccount,
    bootstrap_lower_bound,
    deflated_sharpe,
    measure_moments,
)
from nija_domain.evolution.candidate import OPEN_CANDIDATES_MAX


class NightRules(msgspec.Struct, frozen=True, kw_only=True):
    """When a result is believed; a block holds two hours of five-minute bars."""

    deflated_sharpe_min: float = 0.95
    confidence: float = 0.95
    block_bars: int = 24
    bootstrap_draws: int = 2_000
    trades_min: int = 5


class Contest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Incumbent and proposal over the same bars that neither has seen."""

    number: int
    incumbent: Outcome
    proposal: Outcome


class NightVerdict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    verdict: Literal["candidate", "nothing"]
    reasons: tuple[str, ...]
    metrics: dict[str, float]


def judge_night(
    contest: Contest,
    *,
    trials: TrialAccount,
    open_candidates: int,
    rng: np.random.Generator,
    rules: NightRules | None = None,
) -> NightVerdict:
    """Better than the champion bar by bar, and better than luck over all trials ever made."""
    rules = rules or NightRules()
    _check(contest, trials, rules)
    moments = measure_moments(np.array(contest.proposal.returns))
    differences = np.array(contest.proposal.returns) - np.array(contest.incumbent.returns)
    metrics = {
        "sharpe_per_bar": moments.sharpe,
        "deflated_sharpe": deflated_sharpe(moments, trials),
        "mean_advantage": float(differences.mean()),
        "advantage_lower_bound": bootstrap_lower_bound(
            differences,
            block_bars=rules.block_bars,
            draws=rules.bootstrap_draws,
            confidence=rules.confidence,
            rng=rng,
        ),
        "trades": float(contest.proposal.trades),
        "trials": float(trials.count),
        "open_candidates": float(open_candidates),
    }
    objections = tuple(_objections(metrics, rules))
    if objections:
        return NightVerdict(verdict="nothing", reasons=objections, metrics=metrics)
    return NightVerdict(verdict="candidate", reasons=(_praise(metrics),), metrics=metrics)


def _objections(metrics: dict[str, float], rules: NightRules) -> Iterator[str]:
    bound, deflated = metrics["advantage_lower_bound"], metrics["deflated_sharpe"]
    if metrics["trades"] < rules.trades_min:
        yield f"{metrics['trades']:g} round trips; {rules.trades_min} are the least to judge by"
    if not bound > 0.0:
        yield f"its advantage a bar may be {bound:.2e}, which is not above zero"
    if not deflated > rules.deflated_sharpe_min:
        yield (
            f"its deflated Sharpe ratio over {metrics['trials']:g} trials is {deflated:.3f},"
            f" not above {rules.deflated_sharpe_min:g}"
        )
    if metrics["open_candidates"] >= OPEN_CANDIDATES_MAX:
        yield f"{metrics['open_candidates']:g} candidates are open; close one first"


def _praise(metrics: dict[str, float]) -> str:
    return (
        f"at least {metrics['advantage_lower_bound']:.2e} a bar ahead, deflated Sharpe ratio"
        f" {metrics['deflated_sharpe']:.3f} over {metrics['trials']:g} trials"
    )


def _check(contest: Contest, trials: TrialAccount, rules: NightRules) -> None:
    if contest.incumbent.at_us != contest.proposal.at_us:
        raise ProposalInvalid(
            "incumbent and proposal were marked at different moments;"
            " back-test both over the same slice"
        )
    if len(contest.proposal.returns) < max(BARS_MIN, rules.block_bars):
        raise ProposalInvalid(
            f"returns hold {len(contest.proposal.returns)} bars and a block alone"
            f" {rules.block_bars}; ingest more history, or judge by shorter blocks"
        )
    if trials.count < 1:
        raise ProposalInvalid(
            "no trial is recorded; record the proposal's own trial before it is judged"
        )
