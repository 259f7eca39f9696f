"""Several processes share a lake, and one that dies leaves it whole."""

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nija_adapters.lake.lake import Lake
from nija_domain.errors import LakeBusy
from nija_domain.market.candles import CandleHistory
from tests.fakes.candle_walks import BAR_US
from tests.fakes.lake_writers import PAGE, PAGE_BARS, whole

SHARED = "SHARED/USD"
OWN = ("A/USD", "B/USD", "C/USD")
PAGES = 6


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def _start_writer(folder: Path, symbols: list[str], *, pages: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.fakes.lake_writers", str(folder), str(pages), *symbols]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _read(lake: Lake, symbols: tuple[str, ...]) -> dict[str, CandleHistory]:
    return lake.read_candles(symbols, timeframe_us=BAR_US, snapshot=lake.snapshot())


@pytest.fixture
def writers(folder: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Three processes, each with a symbol of its own and one that all of them write."""
    processes = [_start_writer(folder, [symbol, SHARED], pages=PAGES) for symbol in OWN]
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def test_three_writers_and_a_reader(folder: Path, writers: list[subprocess.Popen[str]]) -> None:
    """No row is lost, doubled or seen without the rest of its transaction."""
    with Lake(folder) as lake:
        reads = 0
        while any(process.poll() is None for process in writers):
            histories = _read(lake, (*OWN, SHARED))
            lengths = [len(histories[symbol]) for symbol in OWN]
            reads += 1

            assert all(length % PAGE_BARS == 0 for length in lengths)
            assert len(histories[SHARED]) == max(lengths)

        assert [process.returncode for process in writers] == [0, 0, 0]
        assert reads > 0
        for symbol, history in _read(lake, (*OWN, SHARED)).items():
            assert history.close.tolist() == whole(symbol, pages=PAGES).close.tolist()
        revisions = lake._catalogue.read(
            lambda cursor: cursor.execute(
                "SELECT count(*), max(revision) FROM lake.candles"
            ).fetchall()
        )
        assert revisions == [(4 * PAGES * PAGE_BARS, 1)]


def test_a_killed_writer_loses_nothing_it_promised(folder: Path) -> None:
    """After each kill -9 the lake opens and holds whole pages, at least all that were told."""
    for kill_after in (1, 4):
        with _start_writer(folder, ["A/USD", "B/USD"], pages=500) as process:
            told = [process.stdout.readline() for _ in range(kill_after + 1)]
            process.kill()
            promised = int(([*told, *process.stdout.readlines()])[-1]) + 1
        with Lake(folder) as lake:
            histories = _read(lake, ("A/USD", "B/USD"))

        length = len(histories["A/USD"])
        assert length == len(histories["B/USD"])
        assert length % PAGE_BARS == 0
        assert length >= promised * PAGE_BARS
        expected = whole("A/USD", pages=500).close[:length]
        assert histories["A/USD"].close.tolist() == expected.tolist()


def test_a_lake_that_stays_taken_is_busy(folder: Path) -> None:
    """A writer behind a hanging one gives up with a remedy; readers go on."""
    page = whole("A/USD", pages=1)
    with Lake(folder, wait_limit_s=0.2) as lake:
        lake.append_candles([page], **PAGE)
        with (folder / "write.lock").open("r+") as other:
            fcntl.flock(other, fcntl.LOCK_EX)

            with pytest.raises(LakeBusy, match="look for a process that hangs"):
                lake.append_candles([whole("B/USD", pages=1)], **PAGE)
            assert len(_read(lake, ("A/USD",))["A/USD"]) == PAGE_BARS


HOLD_CATALOGUE = """
import sqlite3, sys
catalogue = sqlite3.connect(sys.argv[1], isolation_level=None)
catalogue.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_catalogue_held_from_outside_is_busy_and_then_free(folder: Path) -> None:
    """Someone who writes past the lock makes a writer give up whole, not half-way."""
    page = whole("A/USD", pages=1)
    command = [sys.executable, "-c", HOLD_CATALOGUE, str(folder / "catalogue.sqlite")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with Lake(folder, wait_limit_s=0.2) as lake:
        lake.append_candles([page], **PAGE)
        with subprocess.Popen(command, **pipes) as holder:
            holder.stdout.readline()

            with pytest.raises(LakeBusy):
                lake.append_candles([whole("B/USD", pages=1)], **PAGE)
        assert lake.append_candles([whole("B/USD", pages=1)], **PAGE) == PAGE_BARS
        assert lake.append_candles([page], **PAGE) == 0
