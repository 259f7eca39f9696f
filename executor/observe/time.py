"""Reads the venue's clock, and tells the core that time has passed, once something is due."""

from executor.ports import Exchange
from executor.session import Session
from nija_domain.errors import VenueUnreachable
from nija_domain.events.records import TimePassed
from nija_domain.market.timeframes import SECOND_US
from nija_domain.trading.due import due_us

APART_US = 5 * SECOND_US
"""What two answers may differ by: the way there and back, and whole seconds."""


async def observe_time(session: Session) -> None:
    """At rest nothing is due, and nothing is recorded."""
    now_us, due = session.clock.now_us(), due_us(session.state)
    if due is not None and due <= now_us:
        await session.observe([TimePassed(at_us=now_us)])


async def observe_clock(session: Session) -> None:
    """Sets our clock at once where an order came too late: it may have stood still in a sleep."""
    if session.is_clock_doubted:
        now_us, pace = session.clock.now_us(), session.state.pace
        venue_us = await read_time_us(session.exchange, known_us=now_us, pace=pace)
        session.clock.sync(max(now_us, venue_us))
        session.is_clock_doubted = False


async def read_time_us(exchange: Exchange, *, known_us: int | None = None, pace: int = 1) -> int:
    """The venue's time, in two answers that agree unless it is what our own clock says.

    Our clock never goes back: after one wrong answer it would stand still, or live in the future.
    """
    first_us = await exchange.fetch_time_us()
    if known_us is not None and abs(first_us - known_us) <= APART_US * pace:
        return first_us
    second_us = await exchange.fetch_time_us()
    if abs(second_us - first_us) <= APART_US * pace:
        return second_us
    raise VenueUnreachable(
        f"the venue's clock said {first_us} and then {second_us} microseconds; asking again"
    )
