"""The evolution night: make one proposal, check it, back-test it, judge it. Most are rejected."""

from typing import TYPE_CHECKING

import dagster as dg

from nija_domain.evaluation.outcome import Outcome
from nija_domain.events.ledger import ProposalJudged, TrialRecorded
from nija_domain.evolution.candidate import Candidate
from nija_domain.evolution.night import Contest, NightVerdict
from nija_domain.evolution.proposer import Proposal
from nija_domain.releases.content import unpack_content
from nija_domain.releases.recipe import Recipe
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.rules.trend import RULE as TREND
from nija_domain.strategies.shelf import choose_preset
from nija_pipelines.passing.types import Listing, Snapshot
from nija_pipelines.resources import Candidates, Channel, Installation, LakeFolder, LedgerFile

if TYPE_CHECKING:
    from nija_domain.evaluation.rehearsal import Stage
    from nija_domain.evaluation.slices import Slices


@dg.asset(group_name="evolution")
def proposal(
    context: dg.AssetExecutionContext,
    installation: Installation,
    channel: Channel,
    ledger: LedgerFile,
) -> Proposal:
    """Parameters that were not tried before, and the module that would trade them."""
    import numpy as np

    from nija_domain.evolution.archive import archive_of
    from nija_domain.evolution.proposer import propose

    archive = archive_of(entry for _, entry in ledger.read())
    rng = np.random.default_rng((installation.settings().seed, archive.next_number))
    found = propose(_current_choice(installation, channel), archive=archive, rng=rng)
    context.add_output_metadata(
        {"number": found.number, "reasoning": found.reasoning, **found.parameters}
    )
    return found


VARIED = TREND.name
"""The agent whose parameters the offline proposer can vary."""


def _current_choice(installation: Installation, channel: Channel) -> StrategyChoice:
    """What the champion trades; before the first release, what it would trade."""
    settings = installation.settings()
    champion = channel.champion(settings.channel)
    if champion is None:
        return choose_preset(VARIED, settings.strategy_preset)
    agent = unpack_content(channel.load(champion).files).agent(VARIED)
    return agent.strategy if agent else choose_preset(VARIED, settings.strategy_preset)


@dg.asset_check(asset=proposal, blocking=True)
def proposal_checked(
    proposal: Proposal, installation: Installation, ledger: LedgerFile
) -> dg.AssetCheckResult:
    """The generated module passes the static check; the ledger records a refusal."""
    from nija_domain.evolution.static_check import check_source

    findings = tuple(
        f"line {finding.line}: {finding.text}" for finding in check_source(proposal.source)
    )
    if findings:
        verdict = NightVerdict(verdict="nothing", reasons=findings, metrics={})
        ledger.append(_judged(proposal, verdict, at_us=installation.venue_now_us()))
    return dg.AssetCheckResult(passed=not findings, metadata={"findings": list(findings)})


@dg.asset(group_name="evolution")
def proposal_backtest(
    proposal: Proposal,
    lake_snapshot: Snapshot,
    instruments: Listing,
    recipe: Recipe,
    installation: Installation,
    lake: LakeFolder,
    ledger: LedgerFile,
) -> Contest:
    """Back-test champion and proposal on history that training has not seen; counts as a trial."""
    from nija_domain.evaluation.rehearsal import Stage
    from nija_domain.evaluation.slices import slice_histories

    metrics: dict[str, float] = {"failed": 1.0}
    try:
        settings = installation.settings()
        slices = slice_histories(lake.read_histories(settings, lake_snapshot.snapshot_id))
        incumbent, challenger = (
            _rehearsed(
                Stage(
                    recipe=recipe.with_strategy(choice),
                    instruments=instruments.by_symbol(),
                    starting_cash=settings.backtest_cash,
                ),
                slices,
            )
            for choice in (proposal.parent, proposal.choice)
        )
        metrics = _measured(challenger)
    finally:
        ledger.append(
            TrialRecorded(
                at_us=installation.venue_now_us(),
                kind="evolution",
                parameters={"number": float(proposal.number), **proposal.parameters},
                metrics=metrics,
                data_snapshot=lake_snapshot.snapshot_id,
                commit=installation.code()[1],
            )
        )
    return Contest(number=proposal.number, incumbent=incumbent, proposal=challenger)


def _rehearsed(stage: "Stage", slices: "Slices") -> Outcome:
    from nija_domain.evaluation.outcome import outcome_of
    from nija_domain.evaluation.rehearsal import rehearse

    run = rehearse(stage, before=slices.known_before_test(), slice_=slices.test)
    return outcome_of(run, starting_cash=stage.starting_cash)


def _measured(outcome: Outcome) -> dict[str, float]:
    import numpy as np

    from nija_domain.evaluation.overfitting import SHARPE_METRIC, measure_moments

    returns = np.array(outcome.returns)
    return {
        SHARPE_METRIC: measure_moments(returns).sharpe,
        "total_return": float(np.prod(1.0 + returns) - 1.0),
        "trades": float(outcome.trades),
    }


@dg.asset(group_name="evolution")
def verdict(
    context: dg.AssetExecutionContext,
    proposal: Proposal,
    proposal_backtest: Contest,
    installation: Installation,
    ledger: LedgerFile,
    candidates: Candidates,
) -> NightVerdict:
    """Make the proposal a candidate, or reject it; the ledger records the reasons."""
    import numpy as np

    from nija_domain.evaluation.overfitting import account_trials
    from nija_domain.evolution.night import judge_night

    found = judge_night(
        proposal_backtest,
        trials=account_trials(entry for _, entry in ledger.read()),
        open_candidates=candidates.count_open(besides=proposal.number),
        rng=np.random.default_rng((installation.settings().seed, proposal.number)),
    )
    now_us = installation.venue_now_us()
    if found.verdict == "candidate":
        slot = candidates.open_slot(_candidate(proposal, at_us=now_us))
        context.log.info("proposal %s is now the candidate in slot %s", proposal.number, slot)
    ledger.append(_judged(proposal, found, at_us=now_us))
    context.add_output_metadata({"verdict": found.verdict, "reasons": list(found.reasons)})
    return found


def _candidate(proposal: Proposal, *, at_us: int) -> Candidate:
    return Candidate(
        number=proposal.number, opened_us=at_us, choice=proposal.choice, source=proposal.source
    )


def _judged(proposal: Proposal, verdict: NightVerdict, *, at_us: int) -> ProposalJudged:
    return ProposalJudged(
        at_us=at_us,
        number=proposal.number,
        parameters=proposal.parameters,
        verdict=verdict.verdict,
        reasons=verdict.reasons,
        metrics=verdict.metrics,
    )
