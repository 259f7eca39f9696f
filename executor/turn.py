"""One turn of the executor, and the loop that repeats it."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec
import structlog

from executor.observe.balances import BalanceWatch
from executor.observe.candidates import CandidateWatch
from executor.observe.directives import observe_directives
from executor.observe.instruments import InstrumentWatch
from executor.observe.kill import KillWatch, watch_kill
from executor.observe.market import MarketWatch
from executor.observe.orders import OrderWatch
from executor.observe.releases import ReleaseWatch
from executor.observe.time import observe_clock, observe_time
from executor.ports import KillSwitch
from executor.session import Session
from nija_domain.errors import JournalLocked, NijaError, VenueRefused, VenueUnreachable
from nija_domain.events.session_records import VenueFound, VenueLost

log = structlog.get_logger("executor")

MILLISECONDS_A_SECOND = 1_000

FAILED_TURNS = 3
"""As many in a row are told in the journal; a single one is a matter of milliseconds."""

SILENCE_MS_MAX = 2_000
"""As long no question is asked of a venue that answers none: more could prolong a ban."""


class Watch(msgspec.Struct):
    """What one turn remembers for the next."""

    kill: KillWatch
    releases: ReleaseWatch = msgspec.field(default_factory=ReleaseWatch)
    market: MarketWatch = msgspec.field(default_factory=MarketWatch)
    orders: OrderWatch = msgspec.field(default_factory=OrderWatch)
    balances: BalanceWatch = msgspec.field(default_factory=BalanceWatch)
    instruments: InstrumentWatch = msgspec.field(default_factory=InstrumentWatch)
    candidates: CandidateWatch = msgspec.field(default_factory=CandidateWatch)


async def turn(session: Session, watch: Watch) -> None:
    """Read release, directives, orders, balances, candles and the clock, and act on them.

    Candidates come last, when the live orders of the bar are out.

    An error that nobody foresaw in one of them stops none of the others. Where one could not be
    read, those after it wait for the next turn; but what is due is due whatever could be read.
    """
    failure: NijaError | None = None
    for observe in (
        watch.kill.observe_kill,
        observe_clock,
        watch.releases.observe_release,
        partial(observe_directives, watch.kill),
        watch.instruments.observe_instruments,
        watch.orders.observe_orders,
        partial(watch.balances.observe_balances, watch.orders),
        watch.market.observe_market,
    ):
        try:
            await _observe_or_tell(observe, session)
        except NijaError as error:
            failure = error
            break
    await _observe_or_tell(observe_time, session)
    if failure is not None:
        raise failure
    await _observe_or_tell(watch.candidates.observe_candidates, session)


async def _observe_or_tell(observe: Callable[[Session], Awaitable[None]], session: Session) -> None:
    try:
        await observe(session)
    except NijaError:
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours must not end the process
        await session.quarantine(_name_of(observe), error)


def _name_of(observe: Callable[..., object]) -> str:
    return observe.func.__name__ if isinstance(observe, partial) else observe.__name__


async def turn_until(session: Session, switch: KillSwitch, stop: asyncio.Event) -> None:
    """Repeat turns until told to stop. A venue or a journal that waits only costs turns."""
    pause_s = session.settings.turn_pause_ms / MILLISECONDS_A_SECOND
    watch = Watch(KillWatch(switch))
    guard = asyncio.create_task(watch_kill(session, watch.kill, pause_s=pause_s))
    try:
        await _repeat_turns(session, watch, stop, pause_s=pause_s)
    finally:
        guard.cancel()
        await asyncio.wait([guard])


async def _repeat_turns(
    session: Session, watch: Watch, stop: asyncio.Event, *, pause_s: float
) -> None:
    failed = unasked = 0
    while not stop.is_set():
        try:
            if unasked:
                unasked -= 1
                await _observe_or_tell(observe_time, session)
            else:
                failed = await _turn_or_tell(session, watch, failed=failed)
                unasked = turns_unasked(failed, pause_ms=session.settings.turn_pause_ms)
        except JournalLocked as error:
            log.warning("turn skipped: journal locked", why=str(error))
        try:
            await asyncio.wait_for(stop.wait(), timeout=pause_s)
        except TimeoutError:
            continue


def turns_unasked(failed: int, *, pause_ms: int) -> int:
    """How many turns ask nothing after so many failed ones in a row; what is due is done in them.

    Twice as many and one after each.
    """
    return min((1 << min(failed, 16)) - 1, SILENCE_MS_MAX // pause_ms)


async def _turn_or_tell(session: Session, watch: Watch, *, failed: int) -> int:
    """How many turns in a row have failed now, after so many before this one."""
    try:
        await turn(session, watch)
    except (VenueUnreachable, VenueRefused) as error:
        log.warning("turn skipped: venue unreachable", why=str(error))
        if failed + 1 == FAILED_TURNS:
            await session.observe([VenueLost(at_us=session.clock.now_us(), reason=str(error))])
        return failed + 1
    # What a failed turn was owed is asked for in the next: so this one was answered.
    if failed >= FAILED_TURNS:
        await session.observe([VenueFound(at_us=session.clock.now_us())])
    return 0
