"""How the money is shared among agents and symbols, sent to the executor as directives."""

from collections.abc import Iterable, Sequence

import dagster as dg

from nija_domain.allocation.governing import (
    Grounds,
    capital_of,
    entry_of,
    govern,
    is_due,
    needs_directive,
)
from nija_domain.allocation.risk_parity import SymbolAllocation
from nija_domain.allocation.symbol_risk import weigh_symbols
from nija_domain.capital.market_state import market_of_symbols
from nija_domain.events.ledger import AllocationDecided
from nija_domain.market.candles import CandleHistory
from nija_domain.market.timeframes import HOUR_US
from nija_domain.releases.content import ReleaseContent
from nija_domain.releases.directive import DirectiveDraft
from nija_pipelines.passing.pictures import as_markdown, draw_bars, draw_stacked_areas
from nija_pipelines.resources import Channel, Installation, Journal, LakeFolder, LedgerFile

LIFE_US = 24 * HOUR_US
RENEWED_US = LIFE_US // 2
SHOWN = 288
"""Decisions in the picture: a day of five minutes."""


@dg.asset(group_name="capital", deps=["candles", "feedback"])
def allocations(
    context: dg.AssetExecutionContext,
    installation: Installation,
    lake: LakeFolder,
    journal: Journal,
    channel: Channel,
    ledger: LedgerFile,
) -> AllocationDecided:
    """Each agent's share, as the governor decides now; a change is sent as a directive."""
    settings, rules = installation.settings(), installation.governor_rules()
    with lake.open() as store:
        snapshot = store.snapshot()
    histories = lake.read_histories(settings, snapshot)
    at_us = installation.venue_now_us()
    decided = [entry for _, entry in ledger.read() if isinstance(entry, AllocationDecided)]
    if not is_due(decided, rules, at_us=at_us):
        return decided[-1]
    content = channel.champion_content(settings.channel)
    grounds = Grounds(
        trades=lake.read_trades(snapshot),
        agents=tuple(agent.name for agent in content.agents) if content else (),
        capital=capital_of(event for _, event in journal.read(0)),
        protection=installation.limits().protection,
        market=_market_probs(content, histories.values()),
        decided=decided,
        at_us=at_us,
    )
    made, number = govern(grounds, rules), None
    if made.allocation.weights and needs_directive(made, decided, at_us=at_us, after_us=RENEWED_US):
        draft = DirectiveDraft.lasting(
            "allocations",
            at_us=at_us,
            lifetime_us=LIFE_US,
            reason=made.reason,
            weights=made.allocation.weights,
        )
        number = channel.direct(settings.channel, draft).number
    entry = entry_of(made, grounds, rules, directive=number)
    ledger.append(entry)
    if made.is_moved:
        context.log.warning("allocations changed: %s", made.reason)
    context.add_output_metadata(_allocation_metadata([*decided, entry]))
    return entry


@dg.asset(group_name="capital", deps=["candles"])
def symbol_weights(
    context: dg.AssetExecutionContext,
    installation: Installation,
    lake: LakeFolder,
    channel: Channel,
) -> SymbolAllocation:
    """Weights that give every symbol the same risk, within the account's target volatility."""
    settings = installation.settings()
    with lake.open() as store:
        snapshot = store.snapshot()
    histories = [h for h in lake.read_histories(settings, snapshot).values() if len(h)]
    risk = weigh_symbols(histories, timeframe_us=settings.timeframe_us, rules=settings.risk_rules())
    made = risk.allocation
    at_us = installation.venue_now_us()
    reason = f"volatility {made.volatility:.0%}, first component {made.first_component:.0%}"
    draft = DirectiveDraft.lasting(
        "symbol_weights", at_us=at_us, lifetime_us=LIFE_US, reason=reason, weights=made.weights
    )
    number = channel.direct(settings.channel, draft).number
    explained = {f"component {n + 1}": float(s) for n, s in enumerate(risk.principal.explained)}
    context.add_output_metadata(
        {
            "directive": number,
            "exposure": made.exposure,
            "volatility": made.volatility,
            "weights": made.weights,
            "risk_contributions": _picture(made.risk_shares, "Risk contributions"),
            "eigen_risk": _picture(explained, "Variance explained by each component"),
        }
    )
    return made


def _picture(shares: dict[str, float], title: str) -> dg.MarkdownMetadataValue:
    return dg.MetadataValue.md(as_markdown(draw_bars(shares, title=title), title=title))


def _market_probs(
    content: ReleaseContent | None, histories: Iterable[CandleHistory]
) -> dict[str, float]:
    """What the champion believes of the market at the newest bar."""
    from nija_domain.releases.history.cuts import market_probs_after

    return market_probs_after(content, histories) if content else market_of_symbols(())


def _allocation_metadata(decided: Sequence[AllocationDecided]) -> dict[str, object]:
    last, title = decided[-1], "Allocations over the last decisions"
    areas = draw_stacked_areas([entry.weights for entry in decided[-SHOWN:]], title=title)
    return {
        "weights": last.weights,
        "cash": last.cash,
        "changed": last.is_moved,
        "reason": last.reason,
        "directive": last.directive or "none",
        "history": dg.MetadataValue.md(as_markdown(areas, title=title)),
    }
