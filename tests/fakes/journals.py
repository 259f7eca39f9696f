"""A journal in memory behind the executor's port, and the end of its power."""

from collections.abc import Iterator, Sequence

from nija_domain.events import records as ev
from nija_domain.events.chain import decode_event, encode_event


class PowerCut(BaseException):
    """The process is gone; what the journal holds is all that is left."""


class FakeJournal:
    """Records as bytes; after `records_max` of them the power is cut."""

    def __init__(self, bodies: Sequence[bytes] = (), *, records_max: int | None = None) -> None:
        self.bodies = list(bodies)
        self.batch_ends: set[int] = set()
        self._records_max = records_max

    @property
    def events(self) -> list[ev.JournalEvent]:
        return [decode_event(body) for body in self.bodies]

    async def commit(self, events: Sequence[ev.JournalEvent]) -> int:
        return self.append(events)

    def append(self, events: Sequence[ev.JournalEvent]) -> int:
        self.bodies += [encode_event(event) for event in events]
        self.batch_ends.add(len(self.bodies))
        if self._records_max is not None and len(self.bodies) >= self._records_max:
            del self.bodies[self._records_max :]
            raise PowerCut
        return len(self.bodies)

    def read(self, after_sequence: int = 0) -> Iterator[tuple[int, ev.JournalEvent]]:
        for sequence, event in enumerate(self.events, start=1):
            if sequence > after_sequence:
                yield sequence, event

    def close(self) -> None:
        return None
