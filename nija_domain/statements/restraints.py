"""Who forbids entries, since when, until when, who may lift it, and by which command."""

from collections.abc import Iterator

from nija_domain.capital.limits import loosened
from nija_domain.market.timeframes import utc_minute
from nija_domain.safety.authorities import MAY_LIFT
from nija_domain.statements.hindrance import Hindrance, stop
from nija_domain.statements.journal_incidents import FAULT_REMEDY
from nija_domain.statements.trail import Trail
from nija_domain.trading.state import State

LIFT = "once you know why, run `nija lift {limit} --why REASON`; only a person may lift it"
DAILY = "wait; it ends by itself at the venue's next midnight, UTC, and nobody can lift it"
HALT_REMEDIES = {
    "daily_loss_halt": DAILY,
    "daily_rollback": "run the job `roll_back` on Dagster's page; it ends when another release is"
    " active, or when a person runs `nija lift daily_rollback --why REASON`",
}
RESUME = (
    "cure its reason, or run `nija resume --why REASON` ({who} may lift it); it ends by itself at"
    " {until}"
)


def restraints_of(state: State, trail: Trail) -> Iterator[Hindrance]:
    """Everything that somebody said, or that a limit says."""
    yield from _of_account(state, trail)
    yield from _of_limits(state, trail)
    yield from _of_words(state, trail.newest_us)


def _of_words(state: State, at_us: int) -> Iterator[Hindrance]:
    for word in state.restrictions.words_in_force(at_us):
        who = " or ".join(sorted(MAY_LIFT[word.authority]))
        yield Hindrance(
            what=word.source.rpartition(" ")[2],
            stops=True,
            reason=f"{word.source}: {word.why}",
            since_us=word.since_us,
            remedy=RESUME.format(who=who, until=utc_minute(word.until_us or 0)),
            authority=word.authority,
            until_us=word.until_us,
        )


def _of_account(state: State, trail: Trail) -> Iterator[Hindrance]:
    for limit in sorted(state.restrictions.halts):
        halt = trail.halts.get(limit)
        loss = f" ({halt.value:.1%} lost, {halt.bound:.1%} allowed)" if halt else ""
        yield stop(
            limit,
            f"the hard limit {limit} was passed{loss}",
            since_us=halt.at_us if halt else None,
            remedy=HALT_REMEDIES.get(limit, LIFT.format(limit=limit)),
            authority="limits",
        )
    if state.restrictions.killed:
        yield stop(
            "killed",
            f"trading was killed: {state.restrictions.killed}",
            since_us=trail.killed_us,
            remedy="once you know why, run `nija disarm`; only a person may",
            authority="person",
        )
    if state.restrictions.fault:
        yield stop(
            "fault",
            f"the program failed at something nobody foresaw ({state.restrictions.fault})",
            since_us=trail.faulty_us,
            remedy=FAULT_REMEDY,
            authority="guardian",
        )
    if state.book.capital.protection.level == "HALT":
        changed = trail.protection
        yield stop(
            "protection HALT",
            f"protection is HALT: {changed.reason if changed else 'the account lost too much'}",
            since_us=changed.at_us if changed else None,
            remedy="wait until `nija capital status` says that reopening is earned by shadow"
            " trades, then run `nija capital reopen --why REASON`",
        )


def _of_limits(state: State, trail: Trail) -> Iterator[Hindrance]:
    """A file that is looser than what counts; both are compared limit by limit."""
    if state.limits is None or state.limits_read is None:
        return
    looser = loosened(state.limits, state.limits_read)
    if looser:
        changes = ", ".join(f"{name} {old:g} → {new:g}" for name, (old, new) in looser.items())
        yield Hindrance(
            what="limits not approved",
            stops=False,
            reason=f"the limits file is looser than what was approved ({changes}); the tighter"
            " values count",
            since_us=trail.session.at_us if trail.session else None,
            remedy="run `nija approve limits --why REASON`, which only a person may, or write the"
            " old values back",
            authority="limits",
        )
