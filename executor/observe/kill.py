"""Reads the kill switch before anything else in a turn, and beside the turns."""

import asyncio

import structlog

from executor.ports import KillSwitch
from executor.session import Session
from nija_domain.errors import NijaError
from nija_domain.events.records import KillLifted, KillOrdered

log = structlog.get_logger("executor")


class KillWatch:
    """Compares the switch with the journal: a lost file lifts nothing, a person's word does."""

    def __init__(self, switch: KillSwitch) -> None:
        self._switch = switch
        self._looking = asyncio.Lock()

    async def observe_kill(self, session: Session) -> None:
        """One look at a time, so that a kill is ordered once."""
        async with self._looking:
            if self._switch.is_disarmed():
                await self._lift(session)
                return
            reason = self._switch.reason()
            if reason is not None and not session.state.restrictions.killed:
                ordered = KillOrdered(at_us=session.clock.now_us(), reason=reason)
                await session.observe([ordered])

    async def _lift(self, session: Session) -> None:
        """Nothing is bought again before the journal holds all that the kill did."""
        if session.state.restrictions.killed:
            try:
                await session.observe([KillLifted(at_us=session.clock.now_us())])
            except NijaError as error:
                log.warning("the kill goes on until the journal can be written", why=str(error))
                return
        self._switch.forget()


async def watch_kill(session: Session, kill: KillWatch, *, pause_s: float) -> None:
    """For ever, beside the turns: one that hangs holds up no kill."""
    while True:
        try:
            await kill.observe_kill(session)
            if session.emergency:
                await session.emergency.merge()
        except NijaError as error:
            log.warning("the kill switch is looked at again", why=str(error))
        except Exception:
            log.exception("the kill switch is looked at again")
        await asyncio.sleep(pause_s)
