"""What a person decides for the account, sent to the executor as a signed directive."""

import msgspec

from nija.bootstrap import issue_directive
from nija.capital_reports import Folded, fold_journal
from nija.home import Home
from nija_domain.capital.changes import is_reopening_earned
from nija_domain.errors import NotFound, QuestionInvalid
from nija_domain.events.capital_records import Approval
from nija_domain.market.timeframes import DAY_US
from nija_domain.releases.directive import DirectiveDraft

CHANNEL = "champion"


class Issued(msgspec.Struct, frozen=True):
    number: int
    kind: Approval
    told: str


def approve(kind: Approval, *, why: str, home: Home) -> Issued:
    """Refused here where the executor would not act on it; it decides again at receipt."""
    folded = fold_journal(home.journal)
    told = _told_undo(folded) if kind == "undo" else _told_reopen(folded)
    draft = DirectiveDraft.lasting(kind, at_us=folded.at_us, lifetime_us=DAY_US, reason=why)
    return Issued(issue_directive(home, CHANNEL, draft).number, kind, told)


def _told_undo(folded: Folded) -> str:
    moves = folded.state.capital.moves
    if not moves:
        raise NotFound("undo finds no move of share or sizing to take back")
    last = [move for move in moves if move.at_us == moves[-1].at_us]
    return ", ".join(f"{m.parameter} from {m.after:g} back to {m.before:g}" for m in last)


def _told_reopen(folded: Folded) -> str:
    capital, rules = folded.state.capital, folded.state.protection_rules
    if capital.paper is None:
        raise QuestionInvalid(f"reopen finds protection at {capital.protection.level}, not at HALT")
    if not is_reopening_earned(capital, rules):
        raise QuestionInvalid(
            f"reopen is not earned yet: on paper {capital.paper.wins} wins in a row of"
            f" {rules.wins_to_relax}, equity {capital.paper.equity:.2f} between the trough"
            f" {capital.protection.trough:.2f} and the peak {capital.protection.peak:.2f}"
        )
    return "protection opens at DANGER"
