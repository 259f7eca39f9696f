"""What the gateway needs from the outside. Adapters and fakes implement these protocols."""

from collections.abc import Iterator
from typing import Protocol

from nija_domain.events.records import JournalEvent
from nija_domain.market.health import CandleHealth
from nija_domain.statements.incidents import Incident


class Journal(Protocol):
    """The executor's journal, read only."""

    def read(self, after_sequence: int = 0) -> Iterator[tuple[int, JournalEvent]]:
        """The events after this number, oldest first, each with its number."""

    def last_written_us(self) -> int | None:
        """Wall time of the last write; None without a journal."""


class Incidents(Protocol):
    """Failures that pipelines and command line recorded. An unreadable ledger is one too."""

    def read(self) -> tuple[Incident, ...]:
        """All recorded incidents."""


class HealthRecord(Protocol):
    """The pipelines' last measurement of the candles."""

    def read(self) -> CandleHealth | None:
        """The measurement; None before the first."""
