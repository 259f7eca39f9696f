"""Reads the kill switch before anything else in a turn, and beside the turns."""

import asyncio
import contextlib
from collections.abc import Iterable

import structlog

from executor.ports import KillSwitch
from executor.session import Session
from nija_domain.errors import NijaError
from nija_domain.events.records import KillLifted, KillOrdered

log = structlog.get_logger("executor")


class KillWatch:
    """Compares switch and directives with the journal: only a person's word lifts a kill.

    `looked_to` is the newest directive that was looked at; no later one may be recorded, so that a
    kill among them is never passed over.
    """

    def __init__(self, switch: KillSwitch) -> None:
        self.looked_to = 0
        self._switch = switch
        self._looking = asyncio.Lock()

    async def observe_kill(self, session: Session) -> None:
        """One look at a time, so that a kill is ordered once; the switch before anything else."""
        async with self._looking:
            is_disarmed = self._switch.is_disarmed()
            if is_disarmed:
                await self._lift(session)
            else:
                await _order(session, self._switch.reason())
            known = max(self.looked_to, session.state.restrictions.directive_number)
            try:
                unseen = session.releases.directives_after(known)
                found = _reason_among(session, unseen)
            except Exception:  # noqa: BLE001 - the reading of directives fails at it too, and tells
                return
            # Who disarms speaks after whatever is there by now.
            await _order(session, None if is_disarmed else found)
            self.looked_to = max((known, *unseen))

    async def _lift(self, session: Session) -> None:
        """Nothing is bought again before the journal holds all that the kill did."""
        if session.state.restrictions.killed:
            try:
                await session.observe([KillLifted(at_us=session.clock.now_us())])
            except NijaError as error:
                log.warning("the kill goes on until the journal can be written", why=str(error))
                return
        self._switch.forget()


async def _order(session: Session, reason: str | None) -> None:
    if reason is not None and not session.state.restrictions.killed:
        await session.observe([KillOrdered(at_us=session.clock.now_us(), reason=reason)])


def _reason_among(session: Session, numbers: Iterable[int]) -> str | None:
    """Why a directive kills; one that cannot be verified is refused where all are read."""
    for number in numbers:
        with contextlib.suppress(NijaError):
            directive = session.releases.load_directive(number)
            if directive.kind == "kill":
                return f"directive {number}: {directive.reason}"
    return None


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
