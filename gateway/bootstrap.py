"""Connects the gateway to the real adapters; nothing else in it names one."""

import os
from pathlib import Path

import msgspec

from gateway.build import Build
from gateway.settings import GatewaySettings
from gateway.watch import JournalWatch
from nija_adapters.clock.venue_clock import wall_now_us
from nija_adapters.home.places import Home, chosen_home
from nija_adapters.journal.reader import JournalReader
from nija_adapters.ledger.ledger import Ledger
from nija_adapters.logs.lines import configure_logs
from nija_adapters.settings.loading import load_settings
from nija_adapters.settings.sections import SECTIONS
from nija_adapters.version.commit import read_version
from nija_domain.errors import NijaError, RecordBroken
from nija_domain.market.health import CandleHealth
from nija_domain.statements.incidents import Incident, recorded_incidents, unreadable_ledger


class Program(msgspec.Struct, frozen=True):
    """What one start of the gateway uses: home, settings, build."""

    home: Home
    settings: GatewaySettings
    build: Build


def read_program(config: Path) -> Program:
    """Read settings from files and environment; an unknown key stops the start."""
    settings = load_settings(
        GatewaySettings,
        path=config / "nija.toml",
        section="gateway",
        sections=SECTIONS,
        environ=os.environ,
    )
    found = read_version()
    configure_logs("gateway", build_id=found.build_id)
    return Program(chosen_home(os.environ), settings, Build(**msgspec.structs.asdict(found)))


class HealthFile:
    """The record of the asset candle_health, which the pipelines replace after each ingestion."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> CandleHealth | None:
        """The record; None before the first."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=CandleHealth)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise RecordBroken(
                f"{self._path} cannot be read ({error}); materialise the asset candle_health again"
            ) from error


class LedgerIncidents:
    """The incidents in the ledger, read again when the file changes.

    A damaged ledger becomes an incident itself, so that the page still shows everything else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._known: tuple[Incident, ...] = ()

    def read(self) -> tuple[Incident, ...]:
        """All recorded incidents."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return ()
        seen = (status.st_mtime_ns, status.st_size)
        if seen != self._seen:
            self._known, self._seen = self._read(), seen
        return self._known

    def _read(self) -> tuple[Incident, ...]:
        try:
            return recorded_incidents(entry for _, entry in Ledger(self._path).read())
        except NijaError as error:
            return (unreadable_ledger(error, known=self._known),)


def watch_journal(program: Program) -> JournalWatch:
    """The watch on the journal of this home."""
    return JournalWatch(
        JournalReader(program.home.journal),
        LedgerIncidents(program.home.ledger),
        settings=program.settings,
        wall_now_us=wall_now_us,
    )
