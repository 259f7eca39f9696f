"""Start-up: rebuild the state from the journal, wait for the venue, resume what was open."""

import asyncio
from math import ceil

import msgspec
import structlog

from executor.observe.time import read_time_us
from executor.ports import Exchange, Journal, Snapshots
from executor.session import Session
from executor.settings import ExecutorSettings
from nija_domain.capital.limits import HardLimits
from nija_domain.errors import EventInvalid, VenueUnreachable
from nija_domain.events import records as ev
from nija_domain.events import session_records as ses
from nija_domain.market.money import ZERO
from nija_domain.trading.account import CASH_ASSET
from nija_domain.trading.session import fold
from nija_domain.trading.snapshots import decode_state
from nija_domain.trading.state import State

log = structlog.get_logger("executor")

FIRST_PAUSE_S = 0.25
PAUSE_S_MAX = 5.0


class Recovered(msgspec.Struct, frozen=True):
    """The state after the journal's last record; `kept` is the record of the snapshot used."""

    state: State
    sequence: int = 0
    kept: int = 0


def recover(journal: Journal, snapshots: Snapshots | None = None) -> Recovered:
    """The state after all recorded events: a snapshot, if one fits, and what came after it."""
    begun = _from_snapshot(snapshots) if snapshots else Recovered(State())
    state, sequence = begun.state, begun.sequence
    for sequence, event in journal.read(begun.sequence):  # noqa: B007 - the last one counts
        state = fold(state, event)
    if sequence:
        log.info("state recovered", snapshot=begun.kept, records_after=sequence - begun.kept)
    return Recovered(state, sequence, begun.kept)


def _from_snapshot(snapshots: Snapshots) -> Recovered:
    found = snapshots.newest()
    if found is None:
        return Recovered(State())
    try:
        return Recovered(decode_state(found.body), found.sequence, found.sequence)
    except EventInvalid as doubt:
        log.warning("a snapshot is not used", record=found.sequence, why=str(doubt))
        return Recovered(State())


async def wait_for_venue(exchange: Exchange, settings: ExecutorSettings) -> int:
    """The venue's time once it answers; raises `VenueUnreachable` after `venue_wait_s_max`."""
    waited_s, pause_s = 0.0, FIRST_PAUSE_S
    while True:
        try:
            return await read_time_us(exchange, pace=max(1, ceil(settings.venue_speed)))
        except VenueUnreachable as error:
            if waited_s >= settings.venue_wait_s_max:
                raise VenueUnreachable(
                    f"the venue at {settings.venue_url} did not answer for {waited_s:.0f} s;"
                    " start it, correct venue_url, or raise venue_wait_s_max"
                ) from error
            log.warning(
                "venue does not answer; trying again", url=settings.venue_url, waited_s=waited_s
            )
        await asyncio.sleep(pause_s)
        waited_s, pause_s = waited_s + pause_s, min(2 * pause_s, PAUSE_S_MAX)


async def open_session(
    session: Session, *, limits: HardLimits, symbols: tuple[str, ...], version: tuple[str, str]
) -> None:
    """Record what this start uses; the very first start also books the starting cash.

    An order that was intended but never answered becomes unknown: it is looked up, never sent
    again.
    """
    at_us, settings = session.clock.now_us(), session.settings
    instruments = await session.exchange.fetch_instruments(symbols)
    unlisted = sorted(set(symbols) - {instrument.symbol for instrument in instruments})
    if unlisted:
        log.warning("not listed at the venue; will not be traded", symbols=unlisted)
    doubts = [
        ev.OrderUnknown(
            at_us=at_us,
            order_id=order.order_id,
            reason="the executor stopped before the venue answered",
        )
        for order in session.state.book.orders.live.values()
        if order.status == "intended" and order.intent is not None
    ]
    opening: list[ev.JournalEvent] = [
        ev.SessionStarted(
            at_us=at_us,
            mode=settings.mode,
            venue=settings.venue_url,
            version=version[0],
            commit=version[1],
            speed=settings.venue_speed,
            rules=ses.NEWEST_RULES,
        ),
        ev.LimitsRead(at_us=at_us, content=msgspec.json.encode(limits).decode()),
    ]
    opening += [
        ev.InstrumentListed(at_us=at_us, **msgspec.structs.asdict(instrument))
        for instrument in instruments
    ]
    if session.state.book.purse.deposits == 0:
        held = await session.exchange.fetch_balances()
        cash = held.totals.get(CASH_ASSET, ZERO)
        opening.append(ev.FundsMoved(at_us=at_us, amount=cash, reason="starting cash"))
    await session.observe([*opening, *doubts])
    log.info("the session is open", venue=settings.venue_url, mode=settings.mode)
