"""What the program failed at, told once: the rest goes on, and no journal is filled with it."""

import hashlib
import traceback
from collections.abc import Iterable

import structlog
from msgspec.structs import replace

from nija_domain.events.records import JournalEvent
from nija_domain.events.session_records import EventQuarantined

log = structlog.get_logger("executor")

KNOWN_MAX = 1_000
REASON_CHARACTERS_MAX = 500


class Quarantine:
    """Remembers what it has told, since what failed is observed again in the next turn."""

    def __init__(self) -> None:
        self._known: dict[str, EventQuarantined] = {}

    def of_event(
        self, event: JournalEvent, error: Exception, *, at_us: int
    ) -> EventQuarantined | None:
        """The record of an event that failed; None if it was told before."""
        content = repr(replace(event, at_us=0))
        digest = hashlib.sha256(content.encode(errors="replace")).hexdigest()
        return self._of(type(event).__name__, error, key=digest, at_us=at_us)

    def of_part(self, what: str, error: Exception, *, at_us: int) -> EventQuarantined | None:
        """The record of a part that failed; None if it failed at the same line before."""
        *_, place = traceback.extract_tb(error.__traceback__) or [None]
        where = f"{place.filename}:{place.lineno}" if place else ""
        return self._of(what, error, key=f"{what} {type(error).__name__} {where}", at_us=at_us)

    def _of(self, kind: str, error: Exception, *, key: str, at_us: int) -> EventQuarantined | None:
        if key in self._known:
            return None
        log.error("unexpected error; going on without this", kind=kind, exc_info=error)
        reason = f"{type(error).__name__}: {error}"[:REASON_CHARACTERS_MAX]
        record = EventQuarantined(
            at_us=at_us, kind=kind, reason=reason.encode(errors="replace").decode()
        )
        self._known[key] = record
        if len(self._known) > KNOWN_MAX:
            del self._known[next(iter(self._known))]
        return record

    def forget(self, records: Iterable[JournalEvent]) -> None:
        """These were not stored after all: they are told again."""
        lost = {id(record) for record in records}
        self._known = {key: told for key, told in self._known.items() if id(told) not in lost}
