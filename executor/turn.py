"""One turn of the executor, and the loop that repeats it."""

import asyncio

import structlog

from executor.observe.directives import observe_directives
from executor.observe.market import observe_market
from executor.observe.orders import observe_orders
from executor.observe.releases import ReleaseWatch
from executor.session import Session
from nija_domain.errors import VenueRefused, VenueUnreachable
from nija_domain.events.session_records import VenueFound, VenueLost

log = structlog.get_logger("executor")

MILLISECONDS_A_SECOND = 1_000

FAILED_TURNS = 3
"""As many in a row are told in the journal; a single one is a matter of milliseconds."""


async def turn(session: Session, watch: ReleaseWatch) -> None:
    """Read release, directives, orders and candles once, and act on them."""
    await watch.observe_release(session)
    await observe_directives(session)
    await observe_orders(session)
    await observe_market(session)


async def turn_until(session: Session, stop: asyncio.Event) -> None:
    """Repeat turns until told to stop. A venue that does not answer only costs turns."""
    watch, pause_s = ReleaseWatch(), session.settings.turn_pause_ms / MILLISECONDS_A_SECOND
    failed = 0
    while not stop.is_set():
        try:
            await turn(session, watch)
        except (VenueUnreachable, VenueRefused) as error:
            log.warning("turn skipped: venue unreachable", why=str(error))
            failed += 1
            if failed == FAILED_TURNS:
                await session.observe([VenueLost(at_us=session.clock.now_us(), reason=str(error))])
        else:
            # What a failed turn was owed is asked for in the next: so this one was answered.
            if failed >= FAILED_TURNS:
                await session.observe([VenueFound(at_us=session.clock.now_us())])
            failed = 0
        try:
            await asyncio.wait_for(stop.wait(), timeout=pause_s)
        except TimeoutError:
            continue
