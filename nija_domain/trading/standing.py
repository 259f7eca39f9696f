"""Whether anything can be entered now, and if not: why, since when, and what to do.

Page, command line and API say the same sentence, because they ask here.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from nija_domain.market.timeframes import utc_minute
from nija_domain.trading.directives import (
    NO_ENTRIES,
    OWN_SLOTS,
    agent_weight,
    directive_in_force,
    symbol_weight,
)
from nija_domain.trading.state import ActiveRelease, State
from nija_domain.trading.trail import Trail

OPEN = "Nothing stops entries."
RENEWAL = "the job `ingestion` renews it: see on Dagster's page why it does not"
DAILY = "it ends by itself at the venue's next midnight, UTC"
FOR_EVER = "no command lifts it in this version; another NIJA_HOME starts anew"

Entries = Literal["open", "narrowed", "stopped"]


class Silence(msgspec.Struct, frozen=True):
    """Wall time since the journal grew, and whether that is longer than it should be."""

    seconds: float | None
    is_long: bool


class Hindrance(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that stops entries or, where it does not `stop` them, narrows them."""

    what: str
    stops: bool
    reason: str
    since_us: int | None
    remedy: str

    @property
    def sentence(self) -> str:
        since = "" if self.since_us is None else f" since {utc_minute(self.since_us)}"
        head = "No entries" if self.stops else "Entries are narrowed"
        return f"{head}{since}: {self.reason.rstrip('.')}. To do: {self.remedy}."


class Standing(msgspec.Struct, frozen=True):
    """What stops stands first."""

    hindrances: tuple[Hindrance, ...]

    @property
    def entries(self) -> Entries:
        if any(each.stops for each in self.hindrances):
            return "stopped"
        return "narrowed" if self.hindrances else "open"

    @property
    def line(self) -> str:
        """The one sentence on top; what else there is, by its name."""
        if not self.hindrances:
            return OPEN
        first, *others = self.hindrances
        more = f" Beside it: {', '.join(each.what for each in others)}." if others else ""
        return first.sentence + more


def standing_of(state: State, trail: Trail, silence: Silence) -> Standing:
    """As of the newest venue time that the journal knows."""
    found = (
        *_of_executor(state, trail, silence),
        *_of_release(state, trail),
        *_of_account(state, trail),
        *_of_directives(state, trail),
    )
    return Standing(tuple(sorted(found, key=lambda each: not each.stops)))


def _stop(what: str, reason: str, *, since_us: int | None, remedy: str) -> Hindrance:
    return Hindrance(what=what, stops=True, reason=reason, since_us=since_us, remedy=remedy)


def _of_executor(state: State, trail: Trail, silence: Silence) -> Iterator[Hindrance]:
    if trail.session is None:
        yield _stop(
            "no executor",
            "no executor has recorded anything yet",
            since_us=None,
            remedy="`nija up` starts it; it records as soon as its venue answers",
        )
    elif trail.venue_lost is not None:
        yield _stop(
            "venue lost",
            f"the venue gives no answer ({trail.venue_lost.reason})",
            since_us=trail.venue_lost.at_us,
            remedy="it is asked again all the time; see logs/venue.log where it runs here",
        )
    elif silence.is_long and state.release is not None:
        # Without a release no bar is recorded: then silence says nothing.
        yield _stop(
            "executor silent",
            f"the executor has recorded nothing for {_age(silence.seconds or 0.0)}",
            since_us=trail.newest_us,
            remedy="read the end of logs/executor.log in NIJA_HOME; `nija up` runs it",
        )


def _of_release(state: State, trail: Trail) -> Iterator[Hindrance]:
    if trail.session is not None and state.release is None:
        yield _stop(
            "no release",
            "no release is active",
            since_us=trail.session.at_us,
            remedy="a training makes one, the first by itself once Dagster is up;"
            " one that failed stands under the incidents",
        )


def _of_account(state: State, trail: Trail) -> Iterator[Hindrance]:
    for limit in sorted(state.account.halts):
        halt = trail.halts.get(limit)
        told = f" ({halt.value:.1%} lost, {halt.bound:.1%} allowed)" if halt else ""
        yield _stop(
            limit,
            f"the hard limit {limit} was passed{told}",
            since_us=halt.at_us if halt else None,
            remedy=DAILY if limit == "daily_loss_halt" else FOR_EVER,
        )
    if state.capital.protection.level == "HALT":
        changed = trail.protection
        yield _stop(
            "protection HALT",
            f"protection is HALT: {changed.reason if changed else 'the account lost too much'}",
            since_us=changed.at_us if changed else None,
            remedy="the strategy trades on paper; when `nija capital status` says that reopening"
            " is earned: `nija capital reopen --why REASON`",
        )


def _of_directives(state: State, trail: Trail) -> Iterator[Hindrance]:
    at_us = trail.newest_us
    told = directive_in_force(state, "trading", at_us)
    if told and told.kind in NO_ENTRIES:
        yield _stop(
            told.kind,
            f"directive {told.number} says {told.kind}: {told.reason}",
            since_us=trail.restrained_us,
            remedy=f"see to its reason; it ends by itself at {utc_minute(told.expires_us)}",
        )
    if state.release is not None:
        yield from _nothing_left(state, state.release, at_us)
    for slot in OWN_SLOTS:
        held = directive_in_force(state, slot, at_us)
        if held and held.is_expired(at_us):
            yield Hindrance(
                what=f"lapsed {slot}",
                stops=False,
                reason=f"directive {held.number} ({slot.replace('_', ' ')}) has lapsed and holds"
                " until a newer one comes",
                since_us=held.expires_us,
                remedy=RENEWAL,
            )


def _nothing_left(state: State, release: ActiveRelease, at_us: int) -> Iterator[Hindrance]:
    """Directives in force that leave nothing of what the release trades."""
    symbols, agent = release.content.universe, release.content.strategy.name
    universe = directive_in_force(state, "universe", at_us)
    if universe and not set(universe.symbols) & set(symbols):
        yield _stop(
            "universe",
            f"directive {universe.number} leaves none of the release's symbols in the universe",
            since_us=universe.issued_us,
            remedy="see the asset `universe` on Dagster's page",
        )
    weights = {
        "allocations": agent_weight(state, agent, at_us=at_us),
        "symbol_weights": max(symbol_weight(state, each, at_us=at_us) for each in symbols),
    }
    for slot, weight in weights.items():
        told = directive_in_force(state, slot, at_us)
        if told and weight <= 0.0:
            yield _stop(
                slot,
                f"directive {told.number} gives the release nothing: {told.reason}",
                since_us=told.issued_us,
                remedy=f"see the asset `{slot}` on Dagster's page",
            )


def _age(seconds: float) -> str:
    for length_s, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= length_s:
            return f"{seconds / length_s:.0f} {unit}"
    return f"{seconds:.0f} s"
