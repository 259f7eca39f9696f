"""The watch on the release channel: verify, activate between two bars, keep the last good one."""

from executor.session import Session
from nija_domain.errors import NijaError
from nija_domain.events.records import ReleaseActivated, ReleaseRejected
from nija_domain.releases.content import encode_content


class ReleaseWatch:
    """Remembers what it refused, so that one bad pointer is reported once."""

    def __init__(self) -> None:
        self._refused: str | None = None

    async def observe_release(self, session: Session) -> None:
        pointed = session.releases.pointed_release_id()
        active = session.state.release
        if pointed is None or pointed == self._refused:
            return
        if active is not None and active.release_id == pointed:
            return
        try:
            release = session.releases.load_verified()
        except NijaError as error:
            self._refused = pointed
            await session.observe(
                [
                    ReleaseRejected(
                        at_us=session.clock.now_us(), release_id=pointed, reason=str(error)
                    )
                ]
            )
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
