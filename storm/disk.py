"""The journal's file in memory: what was synced survives a crash, and nothing else does."""

from collections.abc import Awaitable, Callable, Iterator, Sequence

from nija_domain.errors import JournalLocked, NijaError
from nija_domain.events.chain import Link, decode_event, encode_event, follow_chain, link_all
from nija_domain.events.records import JournalEvent
from nija_domain.trading.snapshots import Snapshot, encode_state
from nija_domain.trading.state import State

LOCKED_S_MAX = 10.0
SNAPSHOTS_APART = 150


class Disk:
    """What outlives the process."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.snapshot: tuple[Snapshot, bytes] | None = None
        self.locked_until_s = 0.0
        self.full_until_s = 0.0
        self._intact: tuple[int, Link] | None = None

    @property
    def hash(self) -> str:
        return self.links[-1].hash.hex() if self.links else ""

    @property
    def is_altered(self) -> bool:
        return self._intact is not None

    def events(self) -> list[JournalEvent]:
        return [decode_event(link.body) for link in self.links]

    def alter(self, at: int) -> bool:
        """Somebody writes a larger amount into a record; False if none of them holds one."""
        for number, link in list(enumerate(self.links))[-at:]:
            body = link.body.replace(b'"quantity":"0.', b'"quantity":"9.', 1)
            if body != link.body:
                self._intact = (number, link)
                self.links[number] = Link(link.sequence, body, link.hash)
                self.snapshot = None
                return True
        return False

    def restore(self) -> None:
        """From a copy, as the refusal says."""
        if self._intact is not None:
            number, link = self._intact
            self.links[number] = link
            self._intact = None


class DiskJournal:
    """The executor's port to it, for one process."""

    def __init__(
        self,
        disk: Disk,
        *,
        now_s: Callable[[], float],
        pause: Callable[[str], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._disk = disk
        self._now_s = now_s
        self._pause = pause
        self._sleep = sleep

    async def commit(self, events: Sequence[JournalEvent]) -> int:
        """All or none, and durable before it returns; the process may die before and after."""
        bodies = [encode_event(event) for event in events]
        await self._pause("before a write")
        await self._wait_for_lock()
        if self._now_s() < self._disk.full_until_s:
            raise NijaError("journal: database or disk is full (FULL); free disk space")
        previous = self._disk.links[-1] if self._disk.links else None
        self._disk.links += link_all(bodies, previous=previous)
        await self._pause("after a write")
        return self._disk.links[-1].sequence

    async def _wait_for_lock(self) -> None:
        wait_s = self._disk.locked_until_s - self._now_s()
        if wait_s <= 0:
            return
        await self._sleep(min(wait_s, LOCKED_S_MAX))
        if wait_s > LOCKED_S_MAX:
            raise JournalLocked("journal is locked by another process (BUSY); close it")

    def read(self, after_sequence: int = 0) -> Iterator[tuple[int, JournalEvent]]:
        links = self._disk.links
        previous = links[after_sequence - 1] if after_sequence else None
        for link in follow_chain(links[after_sequence:], previous=previous):
            yield link.sequence, decode_event(link.body)

    def close(self) -> None:
        return None


class DiskSnapshots:
    """The newest snapshot, bound to the hash of the record that it was made after."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def keep(self, snapshot: Snapshot) -> None:
        self._disk.snapshot = (snapshot, self._disk.links[snapshot.sequence - 1].hash)

    def newest(self) -> Snapshot | None:
        if self._disk.snapshot is None:
            return None
        snapshot, digest = self._disk.snapshot
        return snapshot if self._disk.links[snapshot.sequence - 1].hash == digest else None


class SteadyKeeper:
    """Keeps the state every so many records, at once: a thread would not repeat itself."""

    def __init__(self, snapshots: DiskSnapshots, *, kept: int) -> None:
        self._snapshots = snapshots
        self._kept = kept

    def offer(self, state: State, sequence: int) -> None:
        if sequence - self._kept >= SNAPSHOTS_APART:
            self._kept = sequence
            self._snapshots.keep(Snapshot(sequence=sequence, body=encode_state(state)))

    async def finish(self, state: State, sequence: int) -> None:
        if sequence > self._kept:
            self._kept = sequence
            self._snapshots.keep(Snapshot(sequence=sequence, body=encode_state(state)))
