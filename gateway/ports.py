"""What the gateway needs of the outside; the adapters fit these shapes."""

from collections.abc import Iterator
from typing import Protocol

from nija_domain.events.records import JournalEvent
from nija_domain.market.health import CandleHealth
from nija_domain.statements.incidents import Incident


class Journal(Protocol):
    def read(self, after_sequence: int = 0) -> Iterator[tuple[int, JournalEvent]]: ...
    def last_written_us(self) -> int | None: ...


class Incidents(Protocol):
    """What pipelines and command line recorded of failures; an unreadable record is one as well."""

    def read(self) -> tuple[Incident, ...]: ...


class HealthRecord(Protocol):
    """What the pipelines last measured of the candles; None before they did."""

    def read(self) -> CandleHealth | None: ...
