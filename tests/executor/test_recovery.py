"""A start from a snapshot ends where a start from the first record ends, or does not use it."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from executor import keeping
from executor.keeping import StateKeeper
from executor.recovery import recover
from nija_adapters.journal.snapshots import JournalSnapshots
from nija_adapters.journal.writer import JournalWriter
from nija_domain.errors import JournalBroken, PlaceUnusable
from nija_domain.trading.fold import fold
from nija_domain.trading.snapshots import Snapshot, encode_state
from nija_domain.trading.state import State
from tests.fakes.stands import Stand
from tests.fakes.traded import traded_session

SESSION = traded_session()


class FixedSnapshots:
    """One snapshot, whatever is kept; it remembers what was offered."""

    def __init__(self, found: Snapshot | None = None) -> None:
        self.kept: list[int] = []
        self.failure: PlaceUnusable | None = None
        self._found = found

    def keep(self, snapshot: Snapshot) -> None:
        self.kept.append(snapshot.sequence)
        if self.failure:
            raise self.failure

    def newest(self) -> Snapshot | None:
        return self._found


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[JournalWriter]:
    with JournalWriter.open(tmp_path / "journal.db") as opened:
        opened.append(SESSION)
        yield opened


def _snapshot_at(cut: int) -> Snapshot:
    state = State()
    for event in SESSION[:cut]:
        state = fold(state, event)
    return Snapshot(sequence=cut, body=encode_state(state))


@pytest.mark.parametrize("cut", [5, 1_234, len(SESSION)])
def test_a_snapshot_and_the_tail_are_the_whole_journal(
    journal: JournalWriter, tmp_path: Path, cut: int
) -> None:
    """From the disk and back; only the tail is folded."""
    snapshots = JournalSnapshots(tmp_path / "journal.db", rules="these")
    snapshots.keep(_snapshot_at(cut))

    found = recover(journal, snapshots)

    assert (found.kept, found.sequence) == (cut, len(SESSION))
    assert found.state == recover(journal).state


def test_bytes_that_are_no_state_cost_time_and_nothing_else(journal: JournalWriter) -> None:
    """All is folded, as without a snapshot."""
    found = recover(journal, FixedSnapshots(Snapshot(sequence=9, body=b"no state")))

    assert (found.kept, found.sequence) == (0, len(SESSION))
    assert found.state == recover(journal).state


def test_a_break_in_the_tail_is_refused_at_the_start(journal: JournalWriter) -> None:
    """One before the snapshot is found by the check beside the session."""
    snapshots = FixedSnapshots(_snapshot_at(1_000))
    with contextlib.closing(sqlite3.connect(journal._path)) as connection, connection:
        connection.execute("UPDATE events SET hash = zeroblob(32) WHERE sequence = 1001")

    with pytest.raises(JournalBroken, match="breaks at record 1001"):
        recover(journal, snapshots)


def test_a_clean_stop_leaves_nothing_to_fold(tmp_path: Path) -> None:
    """The next start takes the state as the last session left it, open positions included."""
    path = tmp_path / "journal.db"
    snapshots = JournalSnapshots(path, rules="these")
    with JournalWriter.open(path) as journal:
        stand = Stand(bars=6)
        stand.journal = journal

        async def course() -> None:
            await stand.start()
            stand.session.keeper = StateKeeper(snapshots, kept=0)
            await stand.play(4)
            await stand.session.close()

        asyncio.run(course())
        found = recover(journal, snapshots)
        whole = recover(journal)

    assert found.kept == found.sequence == whole.sequence
    assert found.state == whole.state == stand.session.state
    assert found.state.book.positions


def test_a_snapshot_is_kept_each_so_many_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted from the one that the start used; never two at a time."""
    monkeypatch.setattr(keeping, "RECORDS_APART", 100)
    snapshots = FixedSnapshots()

    async def course() -> None:
        keeper = StateKeeper(snapshots, kept=50)
        for sequence in (100, 149, 150, 151, 260):
            keeper.offer(State(), sequence)
        await keeper.finish(State(), 260)
        await keeper.finish(State(), 260)

    asyncio.run(course())

    assert snapshots.kept == [150, 260]


def test_a_snapshot_that_cannot_be_written_ends_nothing() -> None:
    """A full disk costs the next start some seconds, and is logged."""
    snapshots = FixedSnapshots()
    snapshots.failure = PlaceUnusable("no space; free some")

    asyncio.run(StateKeeper(snapshots, kept=0).finish(State(), 5))

    assert snapshots.kept == [5]
