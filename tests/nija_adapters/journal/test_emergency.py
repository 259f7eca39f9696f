"""What a kill did beside the journal comes into it once, whole and in order."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from nija_adapters.journal import emergency, writer
from nija_adapters.journal.checking import JournalCheck
from nija_adapters.journal.emergency import EmergencyJournal
from nija_adapters.journal.reader import JournalReader, read_file
from nija_adapters.journal.side_file import SideFile
from nija_adapters.journal.writer import JournalWriter
from nija_domain.errors import JournalBroken, JournalLocked, NijaError
from nija_domain.events.chain import Link
from nija_domain.events.records import BarClosed, JournalEvent
from tests.fakes.locked_stands import held_by_another


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LOCKED_S_MAX", 0.02)
    monkeypatch.setattr(emergency, "KILL_PATIENCE_S", 0.02)
    monkeypatch.setattr(emergency, "MERGE_PAUSE_S", 0.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "journal.db"
    with JournalWriter.open(made) as journal:
        journal.append(batch(1))
    return made


@pytest.fixture
def side(path: Path) -> SideFile:
    return SideFile(path.with_name("journal.db.emergency"))


def batch(task: int) -> list[JournalEvent]:
    return [BarClosed(at_us=task, ts_us=number) for number in range(3)]


def stored(path: Path) -> list[JournalEvent]:
    return [event for _, event in read_file(path, after_sequence=0)]


def set_aside(path: Path, *tasks: int) -> None:
    """These batches lie beside the journal when the process ends."""

    async def course() -> None:
        for task in tasks:
            await journal.commit_urgently(batch(task))

    journal = EmergencyJournal.open(path)
    with held_by_another(path):
        asyncio.run(course())
    # A process that is killed has no time to close anything.
    journal._writer.close()


def test_numbers_and_reading_go_on_over_both(path: Path) -> None:
    """This process and every reader beside it see one journal."""

    async def course() -> list[int]:
        with held_by_another(path):
            return [await journal.commit_urgently(batch(task)) for task in (2, 3)]

    journal = EmergencyJournal.open(path)
    numbers = asyncio.run(course())
    read, elsewhere = list(journal.read(2)), list(JournalReader(path).read(2))
    in_the_file = stored(path)
    journal.close()

    assert numbers == [6, 9]
    assert read == elsewhere == [*enumerate([*batch(1), *batch(2), *batch(3)], start=1)][2:]
    assert in_the_file == batch(1)


def test_a_start_merges_before_anything_else(path: Path, side: SideFile) -> None:
    """And a second start finds nothing to do."""
    set_aside(path, 2, 3)
    assert side.path.exists()
    EmergencyJournal.open(path).close()
    EmergencyJournal.open(path).close()

    assert not side.path.exists()
    assert stored(path) == [*batch(1), *batch(2), *batch(3)]
    assert JournalCheck(path).follow().fault is None


@pytest.mark.parametrize("merged", [1, 2])
def test_what_was_merged_before_the_file_went_is_not_merged_again(
    merged: int, path: Path, side: SideFile
) -> None:
    """Whole or in part, even after a record that nobody waited for."""
    set_aside(path, 2, 3)
    with JournalWriter.open(path) as journal:
        journal.append(batch(7))
        for task in (2, 3)[:merged]:
            journal.append(batch(task))
    EmergencyJournal.open(path).close()

    assert stored(path) == [*batch(1), *batch(7), *batch(2), *batch(3)]
    assert not side.path.exists()


def test_a_start_beside_a_locked_journal_goes_on_in_the_file(path: Path) -> None:
    """Behind what the journal took meanwhile: the file is written anew."""
    set_aside(path, 2)
    with JournalWriter.open(path) as journal:
        journal.append(batch(7))
    with held_by_another(path):
        EmergencyJournal.open(path).close()
    set_aside(path, 3)
    EmergencyJournal.open(path).close()

    assert stored(path) == [*batch(1), *batch(7), *batch(2), *batch(3)]


def test_a_clean_end_leaves_nothing_in_memory_alone(
    path: Path, side: SideFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no disk took before goes into the journal, or else into the file."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for task, is_held in ((2, True), (3, False)):
        journal = EmergencyJournal.open(path)
        with held_by_another(path):
            with monkeypatch.context() as broken:
                broken.setattr(SideFile, "append", full)
                asyncio.run(_commit_urgently(journal, task))
            if is_held:
                journal.close()
                assert side.path.exists()
        if not is_held:
            journal.close()

    assert stored(path) == [*batch(1), *batch(2), *batch(3)]
    assert not side.path.exists()


async def _commit_urgently(journal: EmergencyJournal, task: int) -> None:
    await journal.commit_urgently(batch(task))


def test_a_line_that_was_cut_short_never_counted(path: Path, side: SideFile) -> None:
    """Nothing had been done on it yet."""
    set_aside(path, 2, 3)
    side.path.write_bytes(side.path.read_bytes()[:-9])
    EmergencyJournal.open(path).close()

    assert stored(path) == [*batch(1), *batch(2), *batch(3)[:2]]


def test_a_damaged_or_foreign_file_stops_the_start(path: Path, side: SideFile) -> None:
    """It says which file, and what to do; the journal stays as it was."""
    set_aside(path, 2)
    good = side.path.read_bytes()
    side.path.write_bytes(good.replace(b'"at_us":2', b'"at_us":4'))
    with pytest.raises(JournalBroken, match="emergency is damaged"):
        EmergencyJournal.open(path)
    side.path.write_bytes(good)
    path.unlink()
    with JournalWriter.open(path) as other:
        other.append(batch(8))
    with pytest.raises(JournalBroken, match="continues another record 3"):
        EmergencyJournal.open(path)

    assert stored(path) == batch(8)


class Hanging:
    """The first write hangs until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.let_go = threading.Event()
        store = JournalWriter._store

        def hang(journal: JournalWriter, links: Sequence[Link]) -> None:
            self.let_go.wait(5)
            store(journal, links)

        monkeypatch.setattr(JournalWriter, "_store", hang)


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    monkeypatch.setattr(emergency, "DISK_PATIENCE_S", 0.02)
    made = Hanging(monkeypatch)
    yield made
    made.let_go.set()


def test_a_write_that_hangs_holds_up_no_kill(path: Path, side: SideFile, hanging: Hanging) -> None:
    """It is written beside the journal; when the disk answers after all, nothing is doubled."""

    async def course() -> None:
        assert await journal.commit_urgently(batch(2)) == 6
        assert side.path.exists()
        hanging.let_go.set()
        await asyncio.sleep(0.05)
        await journal.commit_urgently(batch(3))

    journal = EmergencyJournal.open(path)
    asyncio.run(course())
    journal.close()

    assert stored(path) == [*batch(1), *batch(2), *batch(3)]
    assert not side.path.exists()


def test_what_was_given_up_and_written_all_the_same_ends_the_session(
    path: Path, hanging: Hanging
) -> None:
    """A kill overtakes a write that hangs: the next start knows more than this session."""

    async def course() -> None:
        given_up = asyncio.create_task(journal.commit(batch(2)))
        await asyncio.sleep(0)
        journal.hurry()
        with pytest.raises(JournalLocked, match="hangs"):
            await given_up
        await journal.commit_urgently(batch(3))
        doubt = journal._doubt
        assert doubt is not None
        hanging.let_go.set()
        await asyncio.wait([doubt.answer])
        await journal.merge()
        with pytest.raises(NijaError, match="starts again with them"):
            await journal.commit(batch(4))

    journal = EmergencyJournal.open(path)
    asyncio.run(course())
    journal.close()

    assert stored(path) == [*batch(1), *batch(2), *batch(3)]
