"""A lake that others hold is busy for a writer, free for readers, and free again after them."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from nija_adapters.lake.lake import Lake
from nija_domain.errors import LakeBusy
from tests.fakes.lake_pages import BAR_US, PAGE, PAGE_BARS, whole


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def test_a_lake_that_stays_taken_is_busy(folder: Path) -> None:
    """A writer behind a hanging one gives up with a remedy; readers go on."""
    page = whole("A/USD", pages=1)
    with Lake(folder, wait_limit_s=0.2) as lake:
        lake.append_candles([page], **PAGE)
        with (folder / "write.lock").open("r+") as other:
            fcntl.flock(other, fcntl.LOCK_EX)

            with pytest.raises(LakeBusy, match="look for one that hangs"):
                lake.append_candles([whole("B/USD", pages=1)], **PAGE)
            stored = lake.read_candles(
                ["A/USD"], venue="walk", timeframe_us=BAR_US, snapshot=lake.snapshot()
            )
            assert len(stored["A/USD"]) == PAGE_BARS


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
