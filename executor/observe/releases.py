"""Watches the channel: verifies a new release and activates it between two bars."""

from executor.session import Session
from nija_domain.errors import NijaError
from nija_domain.events.records import ReleaseActivated, ReleaseRejected
from nija_domain.releases.content import encode_content

UNREADABLE = "unreadable"
"""Stands for the release of a pointer that cannot be read."""


class ReleaseWatch:
    """Remembers which release it refused, so that a bad one is recorded only once."""

    def __init__(self) -> None:
        self._refused: str | None = None

    async def observe_release(self, session: Session) -> None:
        """Activate the release that the channel points to, if it is new and valid."""
        active = session.state.release
        pointed: str | None = UNREADABLE
        try:
            pointed = session.releases.pointed_release_id()
            if pointed in {None, self._refused, active.release_id if active else None}:
                return
            release = session.releases.load_verified()
        except NijaError as error:
            await self._refuse(session, pointed or UNREADABLE, reason=str(error))
            return
        self._refused = None
        await session.observe(
            [
                ReleaseActivated(
                    at_us=session.clock.now_us(),
                    release_id=release.release_id,
                    fingerprint=release.fingerprint,
                    content=encode_content(release.content),
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
