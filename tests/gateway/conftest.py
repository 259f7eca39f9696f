from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from gateway.app import build_app
from gateway.bootstrap import HealthFile, LedgerIncidents
from gateway.build import Build
from gateway.settings import GatewaySettings
from gateway.watch import JournalWatch
from nija_adapters.home.places import Home
from nija_adapters.journal.reader import JournalReader
from nija_adapters.journal.writer import JournalWriter
from nija_domain.events.records import JournalEvent
from tests.fakes.traded import traded_session

SECOND_US = 1_000_000
BUILD = Build("1.2.3", "nija-1.2.3+0123456789ab", "main", "0123456789abcdef")


class WallClock:
    """Two seconds pass between any two questions, so that every look is due."""

    def __init__(self) -> None:
        self.now_us = 2_000_000_000 * SECOND_US

    def __call__(self) -> int:
        self.now_us += 2 * SECOND_US
        return self.now_us


@pytest.fixture(scope="session")
def session() -> tuple[JournalEvent, ...]:
    """Played once: one worker runs all tests of this folder."""
    return traded_session()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def path(home: Path) -> Path:
    """Where the journal is, or will be."""
    return home / "journal" / "journal.sqlite"


@pytest.fixture
def written(path: Path, session: tuple[JournalEvent, ...]) -> Path:
    """The journal of the whole session, its executor gone."""
    with JournalWriter.open(path) as writer:
        writer.append(session)
    return path


@pytest.fixture
def clock() -> WallClock:
    return WallClock()


@pytest.fixture
def watch(path: Path, clock: WallClock) -> JournalWatch:
    incidents = LedgerIncidents(Home(path.parents[1]).ledger)
    settings = GatewaySettings()
    return JournalWatch(JournalReader(path), incidents, settings=settings, wall_now_us=clock)


@pytest.fixture
def client_of(home: Path) -> Callable[[JournalWatch], TestClient]:
    """A client of the real application; its streams end after three looks."""

    def make(watch: JournalWatch) -> TestClient:
        looks = iter((False, False, False))
        app = build_app(
            watch,
            HealthFile(Home(home).record("candle_health")),
            settings=GatewaySettings(refresh_ms=50),
            build=BUILD,
            is_stopping=lambda: next(looks, True),
        )
        return TestClient(app, base_url="http://127.0.0.1:8800")

    return make


@pytest.fixture
def client(watch: JournalWatch, client_of: Callable[[JournalWatch], TestClient]) -> TestClient:
    return client_of(watch)
