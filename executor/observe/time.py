"""Tells the core that time has passed, once something is due."""

from executor.session import Session
from nija_domain.events.records import TimePassed
from nija_domain.trading.due import due_us


async def observe_time(session: Session) -> None:
    """At rest nothing is due, and nothing is recorded."""
    now_us, due = session.clock.now_us(), due_us(session.state)
    if due is not None and due <= now_us:
        await session.observe([TimePassed(at_us=now_us)])
