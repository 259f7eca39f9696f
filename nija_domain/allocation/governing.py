"""One decision of the governor, from recorded trades, account and earlier decisions."""

from collections.abc import Iterable, Sequence

import msgspec

from nija_domain.allocation.agent_records import agent_records, trader_of
from nija_domain.capital.account import Capital, fold_capital
from nija_domain.capital.governor import AgentRecord, GovernorRules
from nija_domain.capital.protection import ProtectionRules
from nija_domain.capital.reallocation import (
    Applied,
    Reallocation,
    ReallocationOccasion,
    decide_reallocation,
)
from nija_domain.events.ledger import AllocationDecided
from nija_domain.events.records import JournalEvent
from nija_domain.learning.feedback import TradeRow
from nija_domain.market.timeframes import SECOND_US

SOURCE = "governor"


class Grounds(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision uses; `agents` may trade, even if they have not yet."""

    trades: Sequence[TradeRow]
    agents: tuple[str, ...]
    capital: Capital
    protection: ProtectionRules
    market: dict[str, float]
    decided: Sequence[AllocationDecided]
    at_us: int


def capital_of(events: Iterable[JournalEvent]) -> Capital:
    """The account alone, without the market around it."""
    capital = Capital()
    for event in events:
        capital = fold_capital(capital, event)
    return capital


def is_due(decided: Sequence[AllocationDecided], rules: GovernorRules, *, at_us: int) -> bool:
    """Whether it is time; a last decision from a later time was made by another clock."""
    return not decided or not 0 <= at_us - decided[-1].at_us < rules.interval_s * SECOND_US


def govern(grounds: Grounds, rules: GovernorRules) -> Reallocation:
    """Today's scores against the allocation in force."""
    return decide_reallocation(
        _records(grounds),
        previous=_applied(grounds.decided),
        occasion=ReallocationOccasion(
            market_probs=grounds.market,
            protection_multiplier=grounds.protection.multiplier(grounds.capital.protection.level),
            at_us=grounds.at_us,
        ),
        rules=rules,
    )


def _records(grounds: Grounds) -> dict[str, AgentRecord]:
    """Each by the capital that it held: its last unscaled share of what may be traded with."""
    agents = sorted({*grounds.agents, *map(trader_of, grounds.trades)})
    tradable = max(float(grounds.capital.buckets.tradable), 1.0)
    shares = grounds.decided[-1].unscaled if grounds.decided else {}
    held = {agent: tradable * (shares.get(agent) or 1.0) for agent in agents}
    return agent_records(grounds.trades, capital=held, now_us=grounds.at_us)


def _applied(decided: Sequence[AllocationDecided]) -> Applied | None:
    moved = [entry for entry in decided if entry.is_moved]
    if not moved:
        return None
    last = moved[-1]
    return Applied(unscaled=last.unscaled, multiplier=last.multiplier, applied_us=last.at_us)


def entry_of(
    made: Reallocation, grounds: Grounds, rules: GovernorRules, *, directive: int | None
) -> AllocationDecided:
    """The decision for the ledger, with its inputs and reason."""
    allocation = made.allocation
    return AllocationDecided(
        at_us=grounds.at_us,
        weights=allocation.weights,
        unscaled=allocation.unscaled,
        cash=allocation.cash,
        multiplier=allocation.multiplier,
        scores=allocation.scores,
        market=grounds.market,
        bounds=(rules.min_alloc, rules.max_alloc),
        is_moved=made.is_moved,
        reason=made.reason,
        source=SOURCE,
        directive=directive,
    )


def needs_directive(
    made: Reallocation, decided: Sequence[AllocationDecided], *, at_us: int, after_us: int
) -> bool:
    """Whether the executor must be told: weights changed, or the last directive runs out."""
    issued = [entry.at_us for entry in decided if entry.directive is not None]
    return made.is_moved or not issued or not 0 <= at_us - issued[-1] < after_us
