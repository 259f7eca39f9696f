"""Reads the journal once for all answers."""

import threading
from collections.abc import Callable
from typing import Literal

import msgspec

from gateway.ports import Incidents, Journal
from gateway.settings import GatewaySettings
from nija_domain.errors import EventInvalid, JournalBroken
from nija_domain.market.timeframes import SECOND_US
from nija_domain.statements.incidents import Incident, newest_incidents
from nija_domain.statements.standing import Silence, Standing, standing_of
from nija_domain.statements.statement import Statement, extend_statement

MICROSECONDS_A_MILLISECOND = 1_000
INCIDENTS_MAX = 100

Health = Literal["fresh", "waiting", "stale", "absent"]
"""`waiting`: no release is active, so no bar is recorded and silence says nothing."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What was read; `silent_s` is the wall time since the last record."""

    statement: Statement
    silent_s: float | None
    health: Health
    standing: Standing
    incidents: tuple[Incident, ...]


class JournalWatch:
    """Reads only new records, and not more often than the settings allow.

    A hung executor leaves a journal that does not grow. The time of the file's last write shows it,
    even after a restart of the gateway. It counts only after a read that found new records.
    """

    def __init__(
        self,
        journal: Journal,
        incidents: Incidents,
        *,
        settings: GatewaySettings,
        wall_now_us: Callable[[], int],
    ) -> None:
        self._journal = journal
        self._incidents = incidents
        self._settings = settings
        self._wall_now_us = wall_now_us
        self._looking = threading.Lock()
        self._looked_us: int | None = None
        self._statement = Statement()
        self._grew_us: int | None = None
        self._broken: tuple[int | None, str] | None = None

    def look(self) -> Reading:
        """The journal now. A broken one raises each time, until its file is written again."""
        with self._looking:
            now_us = self._wall_now_us()
            if self._is_due(now_us):
                self._read()
                self._looked_us = now_us
            return self._reading(now_us)

    def _is_due(self, now_us: int) -> bool:
        pause_us = self._settings.refresh_ms * MICROSECONDS_A_MILLISECOND
        return self._looked_us is None or not 0 <= now_us - self._looked_us < pause_us

    def _read(self) -> None:
        written_us = self._journal.last_written_us()
        if self._broken and self._broken[0] == written_us:
            raise JournalBroken(self._broken[1])
        try:
            statement = self._continued()
        except (JournalBroken, EventInvalid) as error:
            # Remembered, so that a long journal is not folded again for every question.
            self._broken = (written_us, str(error))
            raise
        if statement.sequence != self._statement.sequence or statement.last != self._statement.last:
            self._grew_us = self._journal.last_written_us()
        self._statement, self._broken = statement, None

    def _continued(self) -> Statement:
        known = self._statement
        if self._still_holds(known):
            return extend_statement(known, self._journal.read(known.sequence))
        return extend_statement(Statement(), self._journal.read())

    def _still_holds(self, known: Statement) -> bool:
        """Whether the file is still the journal that was read before."""
        if known.sequence == 0:
            return True
        try:
            record = next(self._journal.read(known.sequence - 1), None)
        except JournalBroken:
            return False
        return record == (known.sequence, known.last)

    def _reading(self, now_us: int) -> Reading:
        statement, silent_s = self._statement, None
        health: Health = "absent"
        if statement.sequence and self._grew_us is not None:
            silent_s = max(0, now_us - self._grew_us) / SECOND_US
            health = "fresh"
            if silent_s > self._settings.stale_after_s:
                health = "stale" if statement.state.release else "waiting"
        recorded, silence = self._incidents.read(), Silence(silent_s, health == "stale")
        return Reading(
            statement=statement,
            silent_s=silent_s,
            health=health,
            standing=standing_of(statement.state, statement.trail, silence, recorded=recorded),
            incidents=newest_incidents((*statement.trail.incidents, *recorded), most=INCIDENTS_MAX),
        )
