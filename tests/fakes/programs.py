"""Our programs as real processes, with a home and settings of their own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from nija_adapters.journal.reader import JournalReader
from nija_domain.events.records import JournalEvent
from simulator.settings import SIMULATOR_API_KEY, SIMULATOR_API_SECRET

ROOT = Path(__file__).parents[2]
WAIT_S = 60.0


@contextmanager
def program(
    module: str, *arguments: str, environ: Mapping[str, str]
) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def venue(*arguments: str) -> Iterator[str]:
    """The address of a running simulated venue."""
    with program("simulator", *arguments, environ={}) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["listening"]


def executor_environ(home: Path, url: str, *, speed: float = 1_200.0) -> dict[str, str]:
    return {
        "NIJA_HOME": str(home),
        "NIJA_EXECUTOR_VENUE_URL": url,
        "NIJA_EXECUTOR_VENUE_SPEED": str(speed),
        "NIJA_EXECUTOR_API_KEY": SIMULATOR_API_KEY,
        "NIJA_EXECUTOR_API_SECRET": SIMULATOR_API_SECRET,
    }


def journal_of(home: Path) -> list[JournalEvent]:
    return [event for _, event in JournalReader(home / "journal" / "journal.sqlite").read()]


def wait_for(home: Path, is_there: Callable[[list[JournalEvent]], bool]) -> list[JournalEvent]:
    """The journal as soon as it says so; a bounded wait, no measure of speed."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        events = journal_of(home)
        if is_there(events):
            return events
        time.sleep(0.05)
    raise AssertionError(f"the journal never said so; it holds {len(journal_of(home))} records")
