"""Everything that was ever proposed, as the ledger remembers it."""

from collections.abc import Iterable, Mapping

import msgspec

from nija_domain.events.ledger import LedgerEntry, ProposalJudged, TrialRecorded
from nija_domain.strategies.rules.trend import RULE as TREND

TRIAL_KIND = "evolution"
DECIMALS = 9

Tried = tuple[float, ...]


class Archive(msgspec.Struct, frozen=True):
    """The sets of parameters that need no second try."""

    tried: frozenset[Tried] = frozenset()

    @property
    def next_number(self) -> int:
        """No set is proposed twice, so that those tried count the proposals."""
        return len(self.tried) + 1

    def holds(self, parameters: Mapping[str, float]) -> bool:
        return tried_of(parameters) in self.tried


def tried_of(parameters: Mapping[str, float]) -> Tried:
    """A set of parameters by which it is known again, whatever noise its last digits hold."""
    return tuple(round(parameters[name], DECIMALS) for name in TREND.parameters)


def archive_of(entries: Iterable[LedgerEntry]) -> Archive:
    """Every proposal that was back-tested or refused."""
    return Archive(frozenset(tried for entry in entries if (tried := _tried_in(entry)) is not None))


def _tried_in(entry: LedgerEntry) -> Tried | None:
    match entry:
        case TrialRecorded() if entry.kind == TRIAL_KIND:
            return tried_of({name: float(entry.parameters[name]) for name in TREND.parameters})
        case ProposalJudged():
            return tried_of(entry.parameters)
        case _:
            return None
