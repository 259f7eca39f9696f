"""Watches the channel: verifies a new release and activates it between two bars."""

from executor.session import Session
from nija_domain.errors import NijaError, told
from nija_domain.events.records import ReleaseActivated, ReleaseRejected
from nija_domain.releases.content import encode_content
from nija_domain.safety.halts import ROLLBACK

UNREADABLE = "unreadable"
"""Stands for the release of a pointer that cannot be read."""


class ReleaseWatch:
    """Remembers which release it refused, so that a bad one is recorded only once.

    A release that a roll-back left is not taken again before the channel has named another one.
    """

    def __init__(self) -> None:
        self._refused: str | None = None
        self._is_pointed_away = False

    async def observe_release(self, session: Session) -> None:
        """Activate the release that the channel points to, if it is new and valid."""
        market = session.state.market
        active = market.release.release_id if market.release else None
        pointed: str | None = UNREADABLE
        try:
            pointed = session.releases.pointed_release_id()
            self._is_pointed_away |= bool(market.left) and pointed != market.left
            left = None if self._is_pointed_away else market.left
            if pointed in {None, self._refused, active, left}:
                return await self._roll_back(session)
            release = session.releases.load_verified()
        except NijaError as error:
            await self._refuse(session, pointed or UNREADABLE, reason=told(error))
            return await self._roll_back(session)
        self._refused, self._is_pointed_away = None, False
        activated = ReleaseActivated(
            at_us=session.clock.now_us(),
            release_id=release.release_id,
            fingerprint=release.fingerprint,
            content=encode_content(release.content),
        )
        return await session.observe([activated])

    async def _roll_back(self, session: Session) -> None:
        """After a day that was bad enough, to the release before; it was verified back then."""
        market = session.state.market
        before, active = market.before, market.release
        if before is None or active is None or ROLLBACK not in session.state.restrictions.halts:
            return
        self._is_pointed_away = False
        halt = session.state.restrictions.tripped[ROLLBACK]
        await session.observe(
            [
                ReleaseActivated(
                    at_us=session.clock.now_us(),
                    release_id=before.release_id,
                    fingerprint=before.fingerprint,
                    content=encode_content(before.content),
                    left=active.release_id,
                    reason=f"rolled back from {active.release_id}, which lost {halt.value:.1%} in a"
                    f" day ({halt.bound:.1%} allowed)",
                )
            ]
        )

    async def _refuse(self, session: Session, release_id: str, *, reason: str) -> None:
        if release_id == self._refused:
            return
        self._refused = release_id
        rejected = ReleaseRejected(
            at_us=session.clock.now_us(), release_id=release_id, reason=reason
        )
        await session.observe([rejected])
