"""Reads the kill switch before anything else in a turn."""

from executor.ports import KillSwitch
from executor.session import Session
from nija_domain.events.records import KillLifted, KillOrdered


class KillWatch:
    """Compares the switch with the journal: a lost file lifts nothing, a person's word does."""

    def __init__(self, switch: KillSwitch) -> None:
        self._switch = switch

    async def observe_kill(self, session: Session) -> None:
        at_us, killed = session.clock.now_us(), session.state.restrictions.killed
        if self._switch.is_disarmed():
            if killed:
                await session.observe([KillLifted(at_us=at_us)])
            self._switch.forget()
            return
        reason = self._switch.reason()
        if reason is not None and not killed:
            await session.observe([KillOrdered(at_us=at_us, reason=reason)])
