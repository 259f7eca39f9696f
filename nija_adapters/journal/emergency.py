"""The journal during a kill: where it cannot be written, a side file continues its chain."""

import asyncio
import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import msgspec
import structlog

from nija_adapters.journal.reader import read_tail
from nija_adapters.journal.side_file import SideFile, side_path
from nija_adapters.journal.writer import JournalWriter
from nija_domain.errors import JournalBroken, JournalLocked, NijaError
from nija_domain.events.chain import Link, decode_event, encode_event, link_all
from nija_domain.events.records import JournalEvent

log = structlog.get_logger("journal")

KILL_PATIENCE_S = 0.5
"""How long a kill waits for the journal's lock."""

DISK_PATIENCE_S = 0.5
"""How long it waits for a disk; a write of the journal that hangs has twice as long."""

MERGE_PAUSE_S = 1.0


class _Doubt(msgspec.Struct, frozen=True, eq=False):
    """A write that nobody waits for any more, and that may still succeed."""

    answer: asyncio.Future[int]
    bodies: tuple[bytes, ...]


class EmergencyJournal:
    """The journal and its side file as one: what is read and numbered includes both."""

    def __init__(
        self, writer: JournalWriter, side: SideFile, *, aside: Sequence[Link] = ()
    ) -> None:
        self._writer = writer
        self._side = side
        self._aside = list(aside)
        self._saved_to = self._aside[-1].sequence if self._aside else 0
        self._saving: asyncio.Task[OSError | None] | None = None
        self._doubt: _Doubt | None = None
        self._is_diverged = False
        self._limit: asyncio.Timeout | None = None
        self._turn = asyncio.Lock()
        self._merged_s = 0.0

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the journal; what a side file still holds goes into it before anything else."""
        writer = JournalWriter.open(path)
        try:
            side = SideFile(side_path(path))
            known = side.read()
            journal = cls(writer, side, aside=_unmerged(path, writer.last, known))
            journal._resume(known)
        except OSError as error:
            writer.close()
            raise NijaError(
                f"{side_path(path)}: {error.strerror}; free disk space or make its folder writable,"
                " then start again"
            ) from error
        except BaseException:
            writer.close()
            raise
        return journal

    async def commit(self, events: Sequence[JournalEvent]) -> int:
        """Write durably, after whatever still lies aside, or raise."""
        bodies = self._writer.encoded(events)
        async with self._turn:
            self._writer.patience_s = None
            self._settle_doubt()
            if self._is_diverged:
                raise NijaError(
                    "the journal has taken records that this session had given up on; the executor"
                    " ends, and starts again with them"
                )
            await self._merge()
            return await self._written(bodies)

    async def commit_urgently(self, events: Sequence[JournalEvent]) -> int:
        """The same for what follows from a kill. It never fails for want of a journal."""
        bodies = [encode_event(event) for event in events]
        async with self._turn:
            self._writer.patience_s = KILL_PATIENCE_S
            await self._merge_if_due()
            if self._aside or self._doubt or not await self._is_written(bodies):
                self._aside += link_all(bodies, previous=self._last)
                await self._save()
        # No snapshot may be bound to a record that this session's state does not follow.
        return 0 if self._is_diverged else self.last_sequence

    async def _is_written(self, bodies: Sequence[bytes]) -> bool:
        try:
            await self._written(bodies)
        except NijaError as error:
            log.error(  # noqa: TRY400 - the sentence says it all
                "a kill goes on beside the journal", why=str(error), file=str(self._side.path)
            )
            return False
        return True

    def hurry(self) -> None:
        """A kill waits: a write that is under way gives up soon."""
        self._writer.patience_s = KILL_PATIENCE_S
        if self._limit:
            self._limit.reschedule(asyncio.get_running_loop().time() + 2 * DISK_PATIENCE_S)

    async def merge(self) -> None:
        """Bring what lies aside into the journal, if it can be written."""
        if self._aside:
            async with self._turn:
                await self._merge_if_due()

    @property
    def last_sequence(self) -> int:
        return self._last.sequence if self._last else 0

    @property
    def _last(self) -> Link | None:
        return self._aside[-1] if self._aside else self._writer.last

    def read(self, after_sequence: int = 0) -> Iterator[tuple[int, JournalEvent]]:
        """The journal's records, then those that lie aside."""
        yield from self._writer.read(after_sequence)
        for link in self._aside:
            if link.sequence > after_sequence:
                yield link.sequence, decode_event(link.body)

    def close(self) -> None:
        """What lies aside goes into the journal, else it stays in its file for the next start."""
        self._settle_doubt()
        if not self._doubt and not self._is_merged_at_once() and self._unsaved():
            with contextlib.suppress(OSError):
                self._side.append(self._unsaved())
        self._writer.close()

    async def _written(self, bodies: Sequence[bytes]) -> int:
        if not bodies:
            return self.last_sequence
        answer = asyncio.wrap_future(self._writer.submit(bodies))
        is_kill = self._writer.patience_s is not None
        try:
            async with asyncio.timeout(2 * DISK_PATIENCE_S if is_kill else None) as self._limit:
                return await asyncio.shield(answer)
        except TimeoutError:
            self._doubt = _Doubt(answer, tuple(bodies))
            raise JournalLocked("a write of the journal hangs; its disk does not answer") from None
        finally:
            self._limit = None

    async def _merge_if_due(self) -> None:
        self._settle_doubt()
        now_s = time.monotonic()
        if not self._aside or self._doubt or now_s - self._merged_s < MERGE_PAUSE_S:
            return
        self._writer.patience_s = 0.0
        try:
            await self._merge()
        except NijaError as error:
            log.warning("the journal can still not be written", why=str(error))
        finally:
            self._merged_s = time.monotonic()
            self._writer.patience_s = KILL_PATIENCE_S

    async def _merge(self) -> None:
        """All in one transaction; the file goes once it is durable."""
        if self._doubt:
            raise JournalLocked("an earlier write of the journal hangs; its disk does not answer")
        if not self._aside:
            return
        await self._written([link.body for link in self._aside])
        self._forget()

    def _forget(self) -> None:
        log.warning("the journal holds what a kill did beside it", records=len(self._aside))
        self._aside = []
        self._side.forget()

    def _settle_doubt(self) -> None:
        """A write that hung has ended: it was of what lies aside, or of what was given up."""
        doubt = self._doubt
        if doubt is None or not doubt.answer.done():
            return
        self._doubt = None
        if doubt.answer.exception():
            return
        written = len(doubt.bodies)
        if tuple(link.body for link in self._aside[:written]) != doubt.bodies:
            self._is_diverged = True
            return
        if written == len(self._aside):
            self._forget()
        self._aside = self._aside[written:]

    async def _save(self) -> None:
        """Append what the file lacks. A kill waits for no disk: what cannot be written is told."""
        why: object = "the disk does not answer"
        if self._saving is None or self._saving.done():
            self._saving = asyncio.create_task(self._append())
            done, _ = await asyncio.wait([self._saving], timeout=DISK_PATIENCE_S)
            why = self._saving.result() if done else why
        if why is not None:
            log.error(
                "A KILL GOES ON WITHOUT A RECORD ON THE DISK: do not end this process before the"
                " disk can be written again",
                records=len(self._unsaved()),
                why=str(why),
            )

    async def _append(self) -> OSError | None:
        links = self._unsaved()
        try:
            await asyncio.to_thread(self._side.append, links)
        except OSError as error:
            return error
        self._saved_to = links[-1].sequence
        return None

    def _unsaved(self) -> list[Link]:
        return [link for link in self._aside if link.sequence > self._saved_to]

    def _resume(self, known: Sequence[Link]) -> None:
        """Before anything else at a start."""
        if known and not self._aside:
            self._side.forget()
        elif not self._is_merged_at_once() and tuple(self._aside) != tuple(known):
            self._side.replace(self._aside)

    def _is_merged_at_once(self) -> bool:
        """For a program without an event loop; nothing is waited for."""
        if not self._aside:
            return True
        self._writer.patience_s = 0.0
        try:
            self._writer.submit([link.body for link in self._aside]).result()
        except NijaError as error:
            log.warning("what a kill did stays beside the journal", why=str(error))
            return False
        finally:
            self._writer.patience_s = None
        self._forget()
        return True


def _unmerged(path: Path, last: Link | None, known: Sequence[Link]) -> tuple[Link, ...]:
    """What the journal lacks of the side file's records, linked to its last one."""
    if not known:
        return ()
    first, bodies = known[0], [link.body for link in known]
    held = list(read_tail(path, from_sequence=first.sequence - 1))
    before = held.pop(0) if held and held[0].sequence < first.sequence else None
    if (first,) != link_all([first.body], previous=before):
        raise JournalBroken(
            f"the side file of journal {path} continues another record {first.sequence - 1} than"
            " the journal has; restore the journal, or move the side file away"
        )
    merged = _count_merged([link.body for link in held], bodies)
    return link_all(bodies[merged:], previous=last)


def _count_merged(held: Sequence[bytes], bodies: Sequence[bytes]) -> int:
    """How many of the bodies the journal's end holds already, in one piece."""
    for start in range(len(held)):
        piece = held[start : start + len(bodies)]
        is_whole = len(piece) == len(bodies) or start + len(piece) == len(held)
        if is_whole and piece == bodies[: len(piece)]:
            return len(piece)
    return 0
