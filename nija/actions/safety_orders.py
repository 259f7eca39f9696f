"""A person's word to a running executor: forbid, resume, lift a halt, approve of looser limits."""

import msgspec

from nija.bootstrap import is_channel, issue_directive, read_limits, venue_now_us, wall_now_us
from nija.home import Home
from nija.reading import read_statement
from nija_domain.capital.limits import fingerprint_of, loosened
from nija_domain.errors import NotFound, QuestionInvalid
from nija_domain.market.timeframes import DAY_US, HOUR_US, utc_minute
from nija_domain.releases.directive import Directive, DirectiveDraft, Kind
from nija_domain.safety.halts import DRAWDOWN, LIFTABLE
from nija_domain.statements.statement import Statement

CHANNEL = "champion"
KILL_LIFE_US = 30 * DAY_US
"""What a directive must name; a kill is obeyed all the same, however late it is read."""


class Approvable(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is asked to approve of: sentences to read first, and what is signed."""

    kind: Kind
    subject: str
    told: tuple[str, ...]


def order_kill(home: Home, *, why: str, channel: str) -> Directive:
    """No venue is asked for its time: a kill waits for nothing."""
    if not is_channel(home, channel):
        raise NotFound(
            f"{home.folder} has no channel {channel}, so nobody would obey; leave out --channel to"
            " write the kill file instead"
        )
    draft = DirectiveDraft.lasting(
        "kill",
        at_us=wall_now_us(),
        lifetime_us=KILL_LIFE_US,
        reason=why,
        authority="person",
    )
    return issue_directive(home, channel, draft)


def forbid_entries(home: Home, kind: Kind, *, why: str, hours: float) -> Directive:
    return _issue(home, kind, why=why, lifetime_us=int(hours * HOUR_US))


def resume_entries(home: Home, *, why: str) -> Directive:
    return _issue(home, "resume", why=why)


def approve_of(home: Home, what: Approvable, *, why: str) -> Directive:
    return _issue(home, what.kind, why=why, subject=what.subject)


def halt_to_lift(home: Home, limit: str) -> Approvable:
    """Refused where the lift would change nothing. The executor checks it again."""
    statement = read_statement(home.journal)
    halts = statement.state.restrictions.tripped
    if limit not in halts:
        found = f"in force now: {', '.join(sorted(halts))}" if halts else "no halt is in force"
        raise NotFound(f"nothing to lift: {limit} is not in force; {found}")
    if limit not in LIFTABLE:
        raise QuestionInvalid(
            f"{limit} cannot be lifted; it ends by itself at the venue's next midnight, UTC"
        )
    halt = halts[limit]
    passed = f"{halt.value:.1%} lost, {halt.bound:.1%} allowed"
    since = f"{limit} is in force since {utc_minute(halt.at_us)}: {passed}."
    told = (since, _effect_of_lift(statement, limit))
    return Approvable(kind="lift", subject=limit, told=told)


def _effect_of_lift(statement: Statement, limit: str) -> str:
    if limit != DRAWDOWN:
        return "Lifted, the same release may enter again; the halt does not return on this day."
    purse = statement.state.book.purse
    level = statement.state.book.capital.protection.level
    stays = " Protection stays at HALT until `nija capital reopen`." if level == "HALT" else ""
    return (
        f"Lifted, drawdown is measured from the equity of now, {purse.equity:.2f}, instead of the"
        f" peak {purse.peak_equity:.2f}: as much may be lost again.{stays}"
    )


def limits_to_approve(home: Home) -> Approvable:
    """The limits file of this moment, against what counts by the journal."""
    read, state = read_limits(), read_statement(home.journal).state
    if state.limits is None:
        raise QuestionInvalid(
            "no limits were read yet, so none can be loosened: the first file counts as it is;"
            " start the executor with it"
        )
    looser = loosened(state.limits, read)
    if not looser:
        raise QuestionInvalid(
            "nothing to approve: no limit in config/risk_limits.toml is looser than what counts now"
        )
    told = tuple(f"{name}: {old:g} → {new:g}" for name, (old, new) in looser.items())
    return Approvable(kind="limits", subject=fingerprint_of(read), told=told)


def _issue(
    home: Home,
    kind: Kind,
    *,
    why: str,
    lifetime_us: int = DAY_US,
    subject: str = "",
) -> Directive:
    draft = DirectiveDraft.lasting(
        kind,
        at_us=venue_now_us(home),
        lifetime_us=lifetime_us,
        reason=why,
        authority="person",
        subject=subject,
    )
    return issue_directive(home, CHANNEL, draft)
