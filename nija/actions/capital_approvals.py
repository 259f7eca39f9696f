"""`nija capital undo` and `reopen`: a person's decision, sent as a signed directive."""

import msgspec

from nija.bootstrap import issue_directive
from nija.home import Home
from nija.reading import read_statement
from nija_domain.capital.changes import is_reopening_earned
from nija_domain.errors import NotFound, QuestionInvalid
from nija_domain.events.capital_records import Approval
from nija_domain.market.timeframes import DAY_US
from nija_domain.releases.directive import DirectiveDraft
from nija_domain.statements.statement import Statement

CHANNEL = "champion"


class Issued(msgspec.Struct, frozen=True):
    number: int
    kind: Approval
    effect: str


def approve(kind: Approval, *, why: str, home: Home) -> Issued:
    """Send the approval; refused if it would have no effect now. The executor checks it again."""
    statement = read_statement(home.journal)
    effect = _describe_undo(statement) if kind == "undo" else _describe_reopen(statement)
    draft = DirectiveDraft.lasting(kind, at_us=statement.last_us, lifetime_us=DAY_US, reason=why)
    return Issued(issue_directive(home, CHANNEL, draft).number, kind, effect)


def _describe_undo(statement: Statement) -> str:
    moves = statement.state.book.capital.moves
    if not moves:
        raise NotFound("nothing to undo: no adaptive change was made yet")
    last = [move for move in moves if move.at_us == moves[-1].at_us]
    return ", ".join(f"{m.parameter} from {m.after:g} back to {m.before:g}" for m in last)


def _describe_reopen(statement: Statement) -> str:
    capital, rules = statement.state.book.capital, statement.state.protection_rules
    if capital.shadow is None:
        raise QuestionInvalid(
            f"nothing to reopen: protection is {capital.protection.level}, not HALT"
        )
    if not is_reopening_earned(capital, rules):
        raise QuestionInvalid(
            f"reopen is not earned yet: the shadow trades have {capital.shadow.wins} of"
            f" {rules.wins_to_relax} wins in a row, and their equity {capital.shadow.equity:.2f} is"
            f" between the trough {capital.protection.trough:.2f} and the peak"
            f" {capital.protection.peak:.2f}; try again later"
        )
    return "protection goes from HALT to DANGER"
