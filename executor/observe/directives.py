"""Reads new directives: each is verified, recorded once, and then in force."""

from executor.observe.kill import KillWatch
from executor.session import Session
from nija_domain.errors import NijaError, told
from nija_domain.events.records import DirectiveReceived, DirectiveRejected
from nija_domain.releases.directive import encode_directive


async def observe_directives(kill: KillWatch, session: Session) -> None:
    """Read each new directive once, in order; record one that cannot be verified and skip it."""
    for number in session.releases.directives_after(session.state.restrictions.directive_number):
        if number > kill.looked_to:
            return
        at_us = session.clock.now_us()
        try:
            directive = session.releases.load_directive(number)
        except NijaError as error:
            await session.observe(
                [DirectiveRejected(at_us=at_us, number=number, reason=told(error))]
            )
            continue
        content = encode_directive(directive).decode()
        await session.observe([DirectiveReceived(at_us=at_us, number=number, content=content)])
