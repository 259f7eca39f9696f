"""Whether entries are possible now; if not: why, since when, and what to do.

Page, command line and API show the same sentence, because all of them get it here.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from nija_domain.market.timeframes import utc_minute
from nija_domain.safety.restrictions import OWN_SLOTS
from nija_domain.statements.hindrance import Hindrance, stop
from nija_domain.statements.incidents import STEP_REMEDY, Incident
from nija_domain.statements.journal_incidents import EXPLAIN_REMEDY, VENUE_REMEDY
from nija_domain.statements.restraints import restraints_of
from nija_domain.statements.trail import Trail
from nija_domain.trading.account import CASH_ASSET
from nija_domain.trading.account_changes import base_of
from nija_domain.trading.market import ActiveRelease
from nija_domain.trading.state import State

OPEN = "Nothing stops entries."
RENEWAL = "the job `ingestion` should renew it; see on Dagster's page why it does not"

Entries = Literal["open", "narrowed", "stopped"]


class Silence(msgspec.Struct, frozen=True):
    """Seconds since the last journal record, and whether that is too long."""

    seconds: float | None
    is_long: bool


class Standing(msgspec.Struct, frozen=True):
    """Everything that stops or limits entries; what stops comes first."""

    hindrances: tuple[Hindrance, ...]

    @property
    def entries(self) -> Entries:
        if any(each.stops for each in self.hindrances):
            return "stopped"
        return "narrowed" if self.hindrances else "open"

    @property
    def line(self) -> str:
        """The first reason as a sentence, and the names of the others."""
        if not self.hindrances:
            return OPEN
        first, *others = self.hindrances
        more = f" Also: {', '.join(each.what for each in others)}." if others else ""
        return first.sentence + more


def standing_of(
    state: State, trail: Trail, silence: Silence, *, recorded: Sequence[Incident] = ()
) -> Standing:
    """The standing at the journal's newest venue time; `recorded` are the ledger's incidents."""
    found = (
        *_of_executor(state, trail, silence),
        *_of_release(state, trail, recorded),
        *restraints_of(state, trail),
        *_of_balances(state, trail),
        *_of_directives(state, trail),
        *_of_symbols(state),
    )
    if not any(each.stops for each in found):
        found += tuple(_of_all_together(state, trail.newest_us))
    return Standing(tuple(sorted(found, key=lambda each: not each.stops)))


def _of_executor(state: State, trail: Trail, silence: Silence) -> Iterator[Hindrance]:
    if trail.session is None:
        yield stop(
            "no executor",
            "no executor has recorded anything yet",
            since_us=None,
            remedy="start it with `make up`; it begins to record once its venue answers",
        )
    elif trail.venue_lost is not None:
        yield stop(
            "venue lost",
            f"the venue does not answer ({trail.venue_lost.reason})",
            since_us=trail.venue_lost.at_us,
            remedy=VENUE_REMEDY,
        )
    elif trail.session.at_us < trail.newest_us <= trail.ahead_us:
        yield stop(
            "venue behind",
            f"this session began at venue time {utc_minute(trail.session.at_us)}, but the journal"
            f" already reaches {utc_minute(trail.ahead_us)}: this is another venue than before",
            since_us=trail.session.at_us,
            remedy="start the venue that this journal was traded on, or use another NIJA_HOME",
        )
    elif silence.is_long and state.release is not None:
        # Without a release no bar is recorded: then silence says nothing.
        yield stop(
            "executor silent",
            f"the executor has recorded nothing for {_age(silence.seconds or 0.0)}",
            since_us=trail.newest_us,
            remedy="if nothing is running, start it with `make up`; if it runs, read the end of"
            " logs/executor.log in NIJA_HOME",
        )


def _of_release(state: State, trail: Trail, recorded: Sequence[Incident]) -> Iterator[Hindrance]:
    """No release yet: the newest failure of the pipelines is the reason."""
    if trail.session is None or state.release is not None:
        return
    newest = max(recorded, key=lambda each: each.at_us, default=None)
    why = f"; {newest.kind}: {newest.text}" if newest else ""
    yield stop(
        "no release",
        f"no release is active{why}",
        since_us=trail.session.at_us,
        remedy=newest.remedy
        if newest
        else "wait; the first training starts by itself once Dagster is up, and makes a release",
    )


def _of_balances(state: State, trail: Trail) -> Iterator[Hindrance]:
    """Unexplained cash stops every entry, an unexplained coin those of its own symbols."""
    for asset, quantity in sorted(state.account.unexplained.items()):
        yield Hindrance(
            what=f"{asset} unexplained",
            stops=asset == CASH_ASSET,
            reason=f"the account differs by {quantity:+f} {asset}, which nothing explains",
            since_us=trail.unexplained_us.get(asset),
            remedy=EXPLAIN_REMEDY,
        )


def _of_symbols(state: State) -> Iterator[Hindrance]:
    """Symbols halted after a price jump, or cold after a gap; if all are, entries are stopped."""
    symbols = state.release.content.universe if state.release else ()
    halted = [symbol for symbol in symbols if symbol in state.restrictions.stepped]
    if halted:
        yield Hindrance(
            what="halted symbols",
            stops=len(halted) == len(symbols),
            reason=f"the price of {', '.join(halted)} jumped by ten times or more",
            since_us=min(state.restrictions.stepped[symbol] for symbol in halted),
            remedy=STEP_REMEDY,
        )
    cold = [symbol for symbol in symbols if _is_cold(state, symbol)]
    if cold:
        yield Hindrance(
            what="missing candles",
            stops=len(cold) == len(symbols),
            reason=f"candles of {', '.join(cold)} were missing, and features warm up again",
            since_us=None,
            remedy="wait some fifty bars, or for the next release",
        )


def _is_cold(state: State, symbol: str) -> bool:
    known = state.market.symbols.get(symbol)
    return known is not None and known.missing_bars > 0


def _of_all_together(state: State, at_us: int) -> Iterator[Hindrance]:
    """No symbol passes all limits, although each limit alone leaves some."""
    if state.release is None:
        return
    refused = {
        symbol: why
        for symbol in state.release.content.universe
        if (why := _why_closed(state, symbol, at_us))
    }
    if len(refused) == len(state.release.content.universe):
        reasons = "; ".join(f"{symbol}: {why}" for symbol, why in sorted(refused.items()))
        yield stop(
            "no symbol left",
            f"no symbol of the release can be bought ({reasons})",
            since_us=None,
            remedy="see the assets `universe` and `symbol_weights` on Dagster's page, and which"
            " symbols the venue lists",
        )


def _why_closed(state: State, symbol: str, at_us: int) -> str | None:
    if symbol not in state.instruments:
        return "not listed at the venue"
    if symbol in state.restrictions.stepped:
        return "halted, because its price jumped"
    if _is_cold(state, symbol):
        return "its features warm up again"
    if base_of(symbol) in state.account.unexplained:
        return "the account's balance of it is unexplained"
    if state.restrictions.symbol_weight(symbol, at_us=at_us) <= 0.0:
        return "its weight is 0"
    return state.restrictions.directive_against(symbol, at_us=at_us)


def _of_directives(state: State, trail: Trail) -> Iterator[Hindrance]:
    at_us = trail.newest_us
    if state.release is not None:
        yield from _nothing_left(state, state.release, at_us)
    for slot in OWN_SLOTS:
        held = state.restrictions.in_force(slot, at_us)
        if held and held.is_expired(at_us):
            yield Hindrance(
                what=f"lapsed {slot}",
                stops=False,
                reason=f"directive {held.number} ({slot.replace('_', ' ')}) has expired and stays"
                " in force until a newer one comes",
                since_us=held.expires_us,
                remedy=RENEWAL,
            )


def _nothing_left(state: State, release: ActiveRelease, at_us: int) -> Iterator[Hindrance]:
    """A directive that leaves nothing of what the release trades."""
    symbols, agents = release.content.universe, release.content.agents
    universe = state.restrictions.in_force("universe", at_us)
    if universe and not set(universe.symbols) & set(symbols):
        yield stop(
            "universe",
            f"directive {universe.number} removes every symbol of the release from the universe",
            since_us=universe.issued_us,
            remedy="see the asset `universe` on Dagster's page",
        )
    weights = {
        "allocations": max(
            state.restrictions.agent_weight(agent.name, at_us=at_us) for agent in agents
        ),
        "symbol_weights": max(
            state.restrictions.symbol_weight(each, at_us=at_us) for each in symbols
        ),
    }
    for slot, weight in weights.items():
        directive = state.restrictions.in_force(slot, at_us)
        if directive and weight <= 0.0:
            yield stop(
                slot,
                f"directive {directive.number} gives the release no money: {directive.reason}",
                since_us=directive.issued_us,
                remedy=f"see the asset `{slot}` on Dagster's page",
            )


def _age(seconds: float) -> str:
    for length_s, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= length_s:
            return f"{seconds / length_s:.0f} {unit}"
    return f"{seconds:.0f} s"
