"""Lets the candidates trade on paper once the live orders are out, and watches their channels.

Of the executor it sees what `Beside` tells: no venue, and nothing that sends.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from executor.ports import Clock, ReleaseChannel
from nija_domain.events import records as ev
from nija_domain.releases.content import encode_content
from nija_domain.trading.state import State

UNREADABLE = "unreadable"
"""Stands for the release of a pointer that cannot be read."""


class Beside(Protocol):
    """The parts of a session that candidates may use."""

    @property
    def state(self) -> State: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def candidates(self) -> Mapping[str, ReleaseChannel]: ...
    async def observe(self, events: Iterable[ev.JournalEvent]) -> None: ...


class CandidateWatch:
    """Remembers which release of each channel it refused, so that it is recorded once."""

    def __init__(self) -> None:
        self._refused: dict[str, str] = {}

    async def observe_candidates(self, session: Beside) -> None:
        """The last of a turn: whatever it takes, no live order waits for it."""
        if session.state.paper.is_due:
            await session.observe([ev.CandidatesDue(at_us=session.clock.now_us())])
        if session.state.release is None:
            return
        for name, channel in session.candidates.items():
            if event := self._look(session, name, channel):
                await session.observe([event])
        for name in session.state.paper.books.keys() - session.candidates.keys():
            await session.observe([_dropped(session, name, "the setting no longer names it")])

    def _look(self, session: Beside, name: str, channel: ReleaseChannel) -> ev.JournalEvent | None:
        """An odd channel, whatever is odd of it, stops neither the others nor the live book."""
        book = session.state.paper.books.get(name)
        pointed: str | None = UNREADABLE
        try:
            pointed = channel.pointed_release_id()
            if pointed is None:
                return _dropped(session, name, "its channel is empty") if book else None
            if pointed in {self._refused.get(name), book.release_id if book else None}:
                return None
            release = channel.load_verified()
            content = encode_content(release.content)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this candidate's alone
            return self._refusal(session, name, pointed or UNREADABLE, error)
        self._refused.pop(name, None)
        return ev.CandidateActivated(
            at_us=session.clock.now_us(),
            candidate=name,
            release_id=release.release_id,
            fingerprint=release.fingerprint,
            content=content,
        )

    def _refusal(
        self, session: Beside, name: str, release_id: str, error: Exception
    ) -> ev.CandidateRejected | None:
        if self._refused.get(name) == release_id:
            return None
        self._refused[name] = release_id
        return ev.CandidateRejected(
            at_us=session.clock.now_us(),
            candidate=name,
            release_id=release_id,
            reason=str(error) or type(error).__name__,
        )


def _dropped(session: Beside, name: str, reason: str) -> ev.CandidateDropped:
    return ev.CandidateDropped(at_us=session.clock.now_us(), candidate=name, reason=reason)
