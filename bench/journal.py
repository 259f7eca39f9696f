"""How fast the journal takes events, and how long a start takes on one of a million.

The events are those of a session that the tests' fakes trade, so that a start folds what a real one
does: candles under a release.
"""

import asyncio
import os
import tempfile
import time
from itertools import chain, cycle, islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.report import Report, Row, against_limit
from bench.timing import run_python

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nija_domain.events.records import JournalEvent

EVENTS, BATCH, TASKS = 100_000, 100, 8
EVENTS_PER_S_MIN = 20_000
SYNCS = 200

JOURNAL_EVENTS = 1_000_000
TAIL = 9_999
"""As many as a start can meet at most: one more, and there would be another snapshot."""
START_S_MAX = 3.0
CHUNK = 10_000

START = """
import json, sys, time
begun = time.perf_counter()
from pathlib import Path
from executor.bootstrap import JournalSnapshots, open_journal, recover, rules_fingerprint
imported = time.perf_counter()
path = Path({path!r})
with open_journal(path) as journal:
    found = recover(journal, JournalSnapshots(path, rules=rules_fingerprint()))
    done = time.perf_counter()
answer = dict(kept=found.kept, sequence=found.sequence)
print(json.dumps(answer | dict(
    whole_s=done - begun, imports_s=imported - begun, cpu_s=time.process_time())))
"""


def measure() -> Report:
    with tempfile.TemporaryDirectory(prefix="nija-bench-", ignore_cleanup_errors=True) as folder:
        rows = [_commits(Path(folder), tasks) for tasks in (1, TASKS)]
        rows.append(_start(Path(folder) / "long" / "events.db"))
    return Report(bench="journal", threads=1, rows=rows)


def _commits(folder: Path, tasks: int) -> Row:
    from nija_adapters.journal.writer import JournalWriter

    events = _market_events(EVENTS)
    batches = iter([events[first : first + BATCH] for first in range(0, EVENTS, BATCH)])
    with JournalWriter.open(folder / f"{tasks}.db") as journal:

        async def commit_on() -> None:
            for batch in batches:
                await journal.commit(batch)

        async def course() -> None:
            await asyncio.gather(*(commit_on() for _ in range(tasks)))

        begun = time.perf_counter()
        asyncio.run(course())
        elapsed_s = time.perf_counter() - begun
        is_whole = journal.last_sequence == EVENTS
    return against_limit(
        f"{EVENTS:,} events committed in batches of {BATCH}, tasks side by side: {tasks}",
        elapsed_s,
        limit_s=EVENTS / EVENTS_PER_S_MIN,
        holds=is_whole,
        events_per_s=EVENTS / elapsed_s,
        fdatasync_s=_fdatasync_s(folder),
    )


def _fdatasync_s(folder: Path) -> float:
    """What one page written and synced costs here: no commit can cost less."""
    with (folder / "page").open("wb") as file:
        begun = time.perf_counter()
        for _ in range(SYNCS):
            file.write(bytes(4_096))
            file.flush()
            os.fdatasync(file.fileno())
        return (time.perf_counter() - begun) / SYNCS


def _start(path: Path) -> Row:
    from nija_adapters.journal.checking import JournalCheck

    _write_long_journal(path)
    begun = time.perf_counter()
    checked = JournalCheck(path).follow()
    check_s = time.perf_counter() - begun
    code = START.format(path=str(path))
    starts = sorted((run_python(code) for _ in range(3)), key=lambda start: start["whole_s"])
    start: dict[str, Any] = starts[1]
    expected = (JOURNAL_EVENTS - TAIL, JOURNAL_EVENTS)
    return against_limit(
        f"start on {JOURNAL_EVENTS:,} events, the last {TAIL:,} after the snapshot",
        start["whole_s"],
        limit_s=START_S_MAX,
        holds=(start["kept"], start["sequence"]) == expected and checked.records == JOURNAL_EVENTS,
        imports_s=start["imports_s"],
        cpu_s=start["cpu_s"],
        whole_chain_followed_s=check_s,
        file_mb=path.stat().st_size / 1e6,
    )


def _write_long_journal(path: Path) -> None:
    """A session, its quiet years, a snapshot, and the newest market."""
    from nija_adapters.journal.snapshots import JournalSnapshots
    from nija_adapters.journal.writer import JournalWriter
    from nija_adapters.version.rules import rules_fingerprint
    from nija_domain.events.session_records import VenueFound
    from nija_domain.trading.session import fold
    from nija_domain.trading.snapshots import Snapshot, encode_state
    from nija_domain.trading.state import State
    from tests.fakes.traded import traded_session

    session, state = traded_session(), State()
    years = chain(session, repeat(VenueFound(at_us=session[-1].at_us)))
    before = islice(years, JOURNAL_EVENTS - TAIL)
    with JournalWriter.open(path) as journal:
        while events := list(islice(before, CHUNK)):
            for event in events:
                state = fold(state, event)
            journal.append(events)
        snapshots = JournalSnapshots(path, rules=rules_fingerprint())
        body = encode_state(state)
        snapshots.keep(Snapshot(sequence=journal.last_sequence, body=body))
        journal.append(_market_events(TAIL))


def _market_events(count: int) -> "list[JournalEvent]":
    return list(islice(_market(), count))


def _market() -> "Iterator[JournalEvent]":
    """The session's candles and bars again and again, each round later than the one before."""
    from msgspec.structs import replace

    from nija_domain.events.records import BarClosed, CandleClosed
    from tests.fakes.traded import traded_session

    seen = [event for event in traded_session() if isinstance(event, BarClosed | CandleClosed)]
    span_us = seen[-1].at_us - seen[0].at_us + seen[-1].at_us - seen[-1].ts_us
    later_us = 0
    for number, event in enumerate(cycle(seen)):
        later_us = (1 + number // len(seen)) * span_us
        yield replace(event, at_us=event.at_us + later_us, ts_us=event.ts_us + later_us)
