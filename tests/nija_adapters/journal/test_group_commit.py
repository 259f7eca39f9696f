"""Many tasks commit at once: one transaction for all that wait, and each is told the truth."""

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from nija_adapters.journal import writer as writing
from nija_adapters.journal.group_commit import GroupCommit
from nija_adapters.journal.reader import JournalReader
from nija_adapters.journal.writer import JournalWriter
from nija_domain.errors import EventInvalid, JournalLocked, NijaError
from nija_domain.events.records import BarClosed, FundsMoved, JournalEvent


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[JournalWriter]:
    with JournalWriter.open(tmp_path / "journal.db") as opened:
        yield opened


@contextlib.contextmanager
def locked(journal: JournalWriter) -> Iterator[None]:
    """Another program holds SQLite's lock on the file."""
    with contextlib.closing(sqlite3.connect(journal._path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def _batch(task: int, *, records: int = 3) -> list[JournalEvent]:
    return [BarClosed(at_us=task, ts_us=number) for number in range(records)]


def test_what_waits_is_written_as_one_and_in_the_order_of_the_calls(journal: JournalWriter) -> None:
    """Fifty commits that pile up behind a lock cost two transactions; each gets its number."""
    said: list[str] = []

    async def course() -> list[int]:
        with locked(journal):
            tasks = [asyncio.create_task(journal.commit(_batch(task))) for task in range(50)]
            await asyncio.sleep(0)
            journal._connection.set_trace_callback(said.append)
        return await asyncio.gather(*tasks)

    numbers = asyncio.run(course())
    stored = [event for _, event in journal.read()]

    assert numbers == list(range(3, 153, 3))
    assert stored == [event for task in range(50) for event in _batch(task)]
    assert said.count("COMMIT") <= 2


def test_a_locked_file_stops_one_task_and_not_the_loop(journal: JournalWriter) -> None:
    """While another program holds the lock the loop turns; when it lets go, the commit is done."""

    async def course() -> tuple[bool, int]:
        with locked(journal):
            task = asyncio.create_task(journal.commit(_batch(1)))
            for _ in range(20):
                await asyncio.sleep(0.001)
            waits = not task.done()
        return waits, await task

    assert asyncio.run(course()) == (True, 3)


def test_a_lock_that_stays_is_told_and_nothing_is_written(
    journal: JournalWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names file and remedy; the next commit goes in as if nothing had been."""
    monkeypatch.setattr(writing, "LOCKED_S_MAX", 0.0)

    async def course() -> int:
        with locked(journal), pytest.raises(JournalLocked, match=r"journal\.db is locked.*close"):
            await journal.commit(_batch(1))
        return await journal.commit(_batch(2))

    assert asyncio.run(course()) == 3
    assert [event for _, event in journal.read()] == _batch(2)


def test_a_record_that_would_not_read_back_spoils_nobody_elses_commit(
    journal: JournalWriter,
) -> None:
    """It is refused before it joins a group."""
    bad = FundsMoved(at_us=1, amount=Decimal("NaN"), reason="bad")

    async def course() -> list[int | BaseException]:
        calls = [journal.commit(_batch(1)), journal.commit([bad]), journal.commit(_batch(2))]
        return await asyncio.gather(*calls, return_exceptions=True)

    first, refused, last = asyncio.run(course())

    assert (first, last) == (3, 6)
    assert isinstance(refused, EventInvalid)


def test_who_no_longer_waits_is_written_all_the_same(journal: JournalWriter) -> None:
    """A cancelled task cannot take back what later commits may build on."""

    async def course() -> int:
        with locked(journal):
            given_up = asyncio.create_task(journal.commit(_batch(1)))
            await asyncio.sleep(0)
            given_up.cancel()
            await asyncio.wait([given_up])
        return await journal.commit(_batch(2))

    assert asyncio.run(course()) == 6
    assert [event for _, event in journal.read()] == [*_batch(1), *_batch(2)]


def test_a_closed_journal_says_so(tmp_path: Path) -> None:
    """What waited was written before; what comes later is refused."""
    journal = JournalWriter.open(tmp_path / "journal.db")
    journal.append(_batch(1))
    journal.close()

    with pytest.raises(NijaError, match="closed; open it again"):
        journal.append(_batch(2))


def test_what_waits_behind_a_lost_group_is_lost_with_it() -> None:
    """It may build on what was not stored; what is called after that is written again."""
    taken, go_on = threading.Event(), threading.Event()
    written: list[bytes] = []

    def write(bodies: Sequence[bytes]) -> int:
        taken.set()
        go_on.wait()
        if b"lost" in bodies:
            raise NijaError("no space; free some")
        written.extend(bodies)
        return len(written)

    group = GroupCommit(write)
    first = group.submit([b"lost"])
    taken.wait()
    behind = [group.submit([b"built on it"]) for _ in range(2)]
    go_on.set()

    assert all(isinstance(call.exception(), NijaError) for call in (first, *behind))
    assert group.submit([b"anew"]).result() == 1
    assert written == [b"anew"]
    group.close()


def test_the_log_is_merged_once_nobody_waits(
    journal: JournalWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not at the end of a commit: an order may wait for that one."""
    said, merged = list[str](), threading.Event()

    def listen(text: str) -> None:
        said.append(text)
        if "wal_checkpoint" in text:
            merged.set()

    monkeypatch.setattr(writing, "MERGED_BYTES", 1)
    journal._connection.set_trace_callback(listen)
    journal.append(_batch(1))

    assert merged.wait(timeout=60)
    assert said.index("COMMIT") < said.index("PRAGMA wal_checkpoint(PASSIVE)")


def test_each_commit_is_synced_to_the_disk(journal: JournalWriter) -> None:
    """What no kill can show: SQLite is told to wait for the disk at every commit."""
    mode, level = (
        journal._connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous")
    )

    assert (mode, level) == ("wal", 2)


_COMMIT_UNTIL_KILLED = """
import asyncio, sys
from pathlib import Path
from nija_adapters.journal.writer import JournalWriter
from nija_domain.events.records import BarClosed

async def commit_on(journal, task, start):
    for number in range(start, 1_000_000, 3):
        records = [BarClosed(at_us=task, ts_us=number + each) for each in range(3)]
        await journal.commit(records)
        print(task, number + 2, flush=True)

async def course(journal, start):
    await asyncio.gather(*(commit_on(journal, task, start) for task in range(6)))

with JournalWriter.open(Path(sys.argv[1])) as journal:
    asyncio.run(course(journal, int(sys.argv[2])))
"""


def test_kill_9_among_concurrent_commits_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Whatever the moment of death: what was told is there, no batch is halved, the chain holds."""
    path = tmp_path / "journal.db"
    chance = np.random.default_rng(7)
    acknowledged: dict[int, int] = {}
    for start in range(0, 900_000, 100_000):
        command = [sys.executable, "-c", _COMMIT_UNTIL_KILLED, str(path), str(start)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        said = [process.stdout.readline() for _ in range(int(chance.integers(1, 200)))]
        process.kill()
        said += process.communicate()[0].splitlines()
        for line in said:
            if len(parts := line.split()) == 2:
                acknowledged[int(parts[0])] = int(parts[1])

        kept: dict[int, list[int]] = defaultdict(list)
        for _, event in JournalReader(path).read():
            kept[event.at_us].append(event.ts_us)

        assert all(number in kept[task] for task, number in acknowledged.items())
        for numbers in kept.values():
            firsts = numbers[::3]
            assert numbers == sorted(number + each for number in firsts for each in range(3))


_COMMIT_TO_A_FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from nija_adapters.journal.writer import JournalWriter
from nija_domain.events.records import BarClosed

def batch(task, records):
    return [BarClosed(at_us=task, ts_us=number) for number in range(records)]

async def course(journal):
    await journal.commit(batch(1, 1))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    calls = [journal.commit(batch(2, 5_000)), journal.commit(batch(3, 1))]
    for answer in await asyncio.gather(*calls, return_exceptions=True):
        print(type(answer).__name__, answer)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    print(await journal.commit(batch(4, 1)))

with JournalWriter.open(Path(sys.argv[1])) as journal:
    asyncio.run(course(journal))
"""


def test_a_full_disk_fails_the_group_and_all_that_waits_behind_it(tmp_path: Path) -> None:
    """Nothing half-written: who builds on what was lost is refused too; the next commit is in."""
    path = tmp_path / "journal.db"
    command = [sys.executable, "-c", _COMMIT_TO_A_FULL_DISK, str(path)]

    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()

    assert ["NijaError" in line and "free disk space" in line for line in said[:2]] == [True, True]
    assert said[2:] == ["2"]
    assert [event.at_us for _, event in JournalReader(path).read()] == [1, 4]
