"""The parts of a storm: its loop, its disk, and how it measures what has no stop."""

import asyncio

import pytest

from nija_domain.errors import JournalBroken
from storm.disk import Disk, DiskJournal
from storm.loop import play
from storm.troubles import Spell, Spells
from tests.fakes.sessions import filled


def test_hours_pass_at_once() -> None:
    """Time jumps to the next timer, and tasks wake in its order."""
    woken: list[float] = []

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append(asyncio.get_running_loop().time())

    async def course() -> None:
        await asyncio.gather(sleep(7_200), sleep(3_600), sleep(0.5))

    play(course())

    assert woken == [0.5, 3_600.0, 7_200.0]


def test_a_thread_is_refused() -> None:
    """It would make a seed play differently each time."""

    async def course() -> None:
        await asyncio.to_thread(print)

    with pytest.raises(RuntimeError, match="thread"):
        play(course())


def test_a_loop_that_waits_for_nothing_says_so() -> None:
    """A deadlock ends the storm, not the patience of who runs it."""

    async def course() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(RuntimeError, match="waits for"):
        play(course())


def _journal(disk: Disk) -> DiskJournal:
    async def pause(_: str) -> None:
        await asyncio.sleep(0)

    return DiskJournal(disk, now_s=lambda: 0.0, pause=pause, sleep=asyncio.sleep)


def test_an_altered_record_is_found_when_it_is_read() -> None:
    """As in the file: the chain breaks at the record, and a copy mends it."""
    disk = Disk()

    async def course() -> None:
        await _journal(disk).commit([filled("o", "t", quantity="0.5", price="100")])

    play(course())

    assert disk.alter(1)
    with pytest.raises(JournalBroken, match="record 1"):
        list(_journal(disk).read())
    disk.restore()
    assert [sequence for sequence, _ in _journal(disk).read()] == [1]


def test_what_nobody_could_mend_is_counted_once() -> None:
    """Spells that overlap, and those of another symbol, take nothing twice."""
    spells = Spells()
    for spell in (
        Spell("outage", 10.0, 20.0),
        Spell("drop", 15.0, 25.0),
        Spell("cancel_only", 0.0, 99.0, "ETH/USD"),
    ):
        spells.add(spell)

    assert spells.overlap_s("BTC/USD", 12.0, 30.0) == 13.0
    assert spells.overlap_s("ETH/USD", 12.0, 30.0) == 18.0
    assert spells.overlap_s("BTC/USD", 30.0, 40.0) == 0.0
