"""A disk that fills up or turns read-only under a trading executor: told once, nothing lost."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from nija_adapters.exchange.kraken import KrakenExchange
from nija_adapters.exchange.settings import ExchangeSettings
from nija_domain.events.records import (
    JournalEvent,
    KillOrdered,
    OrderIntended,
    PositionOpened,
    TradeClosed,
)
from nija_domain.strategies.agents import agent_alone
from simulator.settings import SIMULATOR_API_KEY, SIMULATOR_API_SECRET, SimulatorSettings
from tests.fakes.programs import WAIT_S, executor_environ, venue
from tests.fakes.releases import promote, publish, train_content
from tests.fakes.small_disks import SmallDisk, can_mount, small_disk
from tests.fakes.stands import CHURN, HOLD

SETTINGS = SimulatorSettings(seed=5, speed=1_200.0)
VENUE = ("--seed", str(SETTINGS.seed), "--speed", str(SETTINGS.speed))

pytestmark = pytest.mark.skipif(
    not can_mount(), reason="this user may not mount in a namespace of its own"
)

INTENTS = 4
HELD = 4
FREE_BYTES = 400_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A home on a disk of its own, with a release that trades at once."""
    with small_disk(tmp_path / "home", size="16m") as made:
        content = replace(train_content(SETTINGS), agents=agent_alone(CHURN))
        promote(made.seen, publish(made.seen, content, sequence=1))
        yield made


def intents_in(events: list[JournalEvent]) -> list[str]:
    return [e.order_id for e in events if isinstance(e, OrderIntended)]


async def _orders_at(url: str) -> list[str]:
    exchange = KrakenExchange(
        ExchangeSettings(api_url=url, api_key=SIMULATOR_API_KEY, secret=SIMULATOR_API_SECRET)
    )
    try:
        reports = await exchange.fetch_orders(since_us=0)
    finally:
        await exchange.close()
    return [report.client_id for report in reports if report.client_id]


def check_nothing_is_lost(disk: SmallDisk, url: str) -> None:
    """Each intent of the journal is one order at the venue, and no order is a stranger's."""
    intended = intents_in(disk.journal())
    placed = asyncio.run(_orders_at(url))

    assert len(placed) == len(set(placed))
    assert set(placed) <= set(intended)
    assert len(intended) >= INTENTS


def test_a_full_disk_stops_the_executor_and_costs_nothing(disk: SmallDisk) -> None:
    """It ends with the file and the remedy; with space again it goes on where it was."""
    with venue(*VENUE) as url:
        environ = executor_environ(disk.folder, url)
        ballast = disk.fill(leaving_bytes=FREE_BYTES)
        with disk.program("executor", "config", environ=environ) as process:
            _, errors = process.communicate(timeout=90)
        stopped = process.returncode
        ballast.unlink()
        before = disk.journal()
        with disk.program("executor", "config", environ=environ) as process:
            events = disk.wait_for(lambda es: len(intents_in(es)) > len(intents_in(before)))
            process.terminate()
            code = process.wait(30)
        last_line = errors.strip().splitlines()[-1]

        assert (stopped, code) == (1, 0)
        assert "free disk space" in last_line
        assert "journal" in last_line
        assert "Traceback" not in errors
        assert events[: len(before)] == before
        check_nothing_is_lost(disk, url)


@pytest.mark.prove
def test_a_kill_sells_from_a_start_on_a_full_disk(disk: SmallDisk) -> None:
    """Not a byte can be written, from before the start until all is sold; then it is all there."""
    content = replace(train_content(SETTINGS), agents=agent_alone(HOLD))
    promote(disk.seen, publish(disk.seen, content, sequence=2))
    with venue(*VENUE) as url:
        environ = executor_environ(disk.folder, url)
        with disk.program("executor", "config", environ=environ) as process:
            disk.wait_for(lambda es: count_of(PositionOpened, es) >= HELD)
            process.terminate()
            process.wait(30)
        before = disk.journal()
        ballast = disk.fill(leaving_bytes=0)
        (disk.seen / "kill").touch()
        with disk.program("executor", "config", environ=environ) as process:
            sold = wait_for_sales(url, of=before)
            grown = len(disk.journal()) - len(before)
            ballast.unlink()
            events = disk.wait_for(
                lambda es: count_of(TradeClosed, es) == count_of(PositionOpened, es)
            )
            process.terminate()
            code = process.wait(30)

        assert (code, grown) == (0, 0)
        assert count_of(KillOrdered, events) == 1
        assert set(sold) <= {e.order_id for e in events if isinstance(e, OrderIntended)}
        check_nothing_is_lost(disk, url)


def count_of(kind: type, events: list[JournalEvent]) -> int:
    return sum(isinstance(event, kind) for event in events)


def wait_for_sales(url: str, *, of: list[JournalEvent]) -> list[str]:
    """The orders that the journal of before does not know, once there is one for each position."""
    known = {event.order_id for event in of if isinstance(event, OrderIntended)}
    open_ = count_of(PositionOpened, of) - count_of(TradeClosed, of)
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        new = [order_id for order_id in asyncio.run(_orders_at(url)) if order_id not in known]
        if len(new) >= open_:
            return new
    raise AssertionError(f"{open_} positions were never all sold")


def test_a_read_only_home_is_told_and_nothing_is_sent(disk: SmallDisk) -> None:
    """Executor and supervisor end at once, with the place and the remedy; writable, it trades."""
    disk.remount("ro")
    with venue(*VENUE) as url:
        environ = executor_environ(disk.folder, url)
        found = {}
        for module, argument in (("executor", "config"), ("nija", "up")):
            with disk.program(module, argument, environ=environ) as process:
                _, errors = process.communicate(timeout=90)
            found[module] = (process.returncode, errors)
        placed = asyncio.run(_orders_at(url))
        disk.remount("rw")
        with disk.program("executor", "config", environ=environ) as process:
            disk.wait_for(lambda es: len(intents_in(es)) >= INTENTS)

        assert placed == []
        for code, errors in found.values():
            assert code == 1
            assert str(disk.folder) in errors
            assert "allow this user to write" in errors
            assert "Traceback" not in errors
        check_nothing_is_lost(disk, url)
