"""A kill waits for no journal: what cannot be written lies beside it, and is merged later."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from executor.recovery import recover
from executor.turn import turn_until
from nija_adapters.journal import emergency, writer
from nija_adapters.journal.checking import JournalCheck
from nija_adapters.journal.side_file import SideFile
from nija_domain.errors import OutcomeUnknown, VenueRefused
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from nija_domain.market.timeframes import HOUR_US, SECOND_US
from nija_domain.trading.reports import PlacedOrder
from tests.fakes.journals import PowerCut
from tests.fakes.locked_stands import LockableStand, held_by_another
from tests.fakes.stands import check_books, run


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a lock in tests; a disk may be as slow as it is."""
    monkeypatch.setattr(writer, "LOCKED_S_MAX", 0.02)
    monkeypatch.setattr(emergency, "KILL_PATIENCE_S", 0.02)
    monkeypatch.setattr(emergency, "MERGE_PAUSE_S", 0.0)


def fills_of(events: list[ev.JournalEvent]) -> list[str]:
    return [event.trade_id for event in events if isinstance(event, ev.OrderFilled)]


def check_whole(stand: LockableStand) -> None:
    """Nothing is lost or doubled: the journal alone makes the same books, and replays."""
    stored = stand.stored()
    fills = fills_of(stored)

    assert not stand.side.exists()
    assert JournalCheck(stand.path).follow().fault is None
    assert find_first_difference(stored) is None
    assert len(fills) == len(set(fills))
    assert recover(stand.journal).state == stand.session.state
    assert stand.venue.holdings == {}
    check_books(stand)


def test_a_kill_sells_while_another_program_holds_the_journal(tmp_path: Path) -> None:
    """Nothing of it reaches the journal, everything is sold, and later all of it is there."""
    stand, held = LockableStand(tmp_path), list[bool]()

    async def course() -> None:
        await stand.ready()
        before = len(stand.stored())
        with held_by_another(stand.path):
            stand.switch.ordered = "now"
            for _ in range(5):
                await stand.turn()
            await stand.play(1)
            held.append(len(stand.stored()) == before and not stand.venue.holdings)
        await stand.turn()
        await stand.play(1)

    run(course())
    sides = [order.side for order in stand.venue.sent]

    assert held == [True]
    assert "buy" not in sides[sides.index("sell") :]
    check_whole(stand)
    stand.die()


async def _sold(stand: LockableStand) -> None:
    """Returns once the sales are under way."""
    while not any(order.side == "sell" for order in stand.venue.sent):
        stand.clock.at_us += SECOND_US
        await asyncio.sleep(0.01)


def test_a_kill_is_seen_while_a_turn_waits_for_the_journal(tmp_path: Path) -> None:
    """The turn hangs on an answer that cannot be recorded; the kill goes past it."""
    stand, stop = LockableStand(tmp_path), asyncio.Event()

    async def course() -> None:
        await stand.ready()
        live = asyncio.create_task(turn_until(stand.session, stand.switch, stop))
        with held_by_another(stand.path):
            waiting = asyncio.create_task(
                stand.session.observe([ev.BarClosed(at_us=stand.clock.at_us, ts_us=1)])
            )
            await asyncio.sleep(0.05)
            stand.switch.ordered = "now"
            await asyncio.wait_for(_sold(stand), timeout=5)
            await asyncio.gather(waiting, return_exceptions=True)
        stop.set()
        await live
        await stand.play(2)

    run(course())

    check_whole(stand)
    stand.die()


def test_a_kill_goes_on_through_restarts_beside_a_locked_journal(tmp_path: Path) -> None:
    """What lies aside is read before anything else, and the new process goes on from there."""
    stand = LockableStand(tmp_path)

    async def course() -> None:
        await stand.ready()
        with held_by_another(stand.path):
            stand.switch.ordered = "now"
            for _ in range(4):
                await stand.turn()
                stand.die()
                await stand.start()
            await stand.play(1)
            assert stand.side.exists()
        stand.die()
        await stand.start()
        await stand.play(1)

    run(course())

    assert [type(e).__name__ for e in stand.stored()].count("KillOrdered") == 1
    check_whole(stand)
    stand.die()


def test_a_kill_ordered_while_nothing_ran_needs_no_journal(tmp_path: Path) -> None:
    """The first thing of a start, even if the journal is locked from before it to its end."""
    stand = LockableStand(tmp_path)

    async def course() -> None:
        await stand.ready()
        stand.die()
        stand.switch.ordered = "while it was off"
        with held_by_another(stand.path):
            await stand.start()
            await stand.play(2)
            assert stand.venue.holdings == {}
        await stand.play(1)

    run(course())

    check_whole(stand)
    stand.die()


CUTS = [
    *(("append", number) for number in (1, 2, 3, 5)),
    *(("appended", number) for number in (1, 2, 3, 5)),
    ("merged", 1),
    ("forgotten", 1),
]


def cut_at(monkeypatch: pytest.MonkeyPatch, step: str, *, number: int) -> None:
    """The power goes at the n-th write of the side file, or around its end."""
    left = [number]

    def falls() -> None:
        left[0] -= 1
        if left[0] == 0:
            raise PowerCut

    def around(before: bool, after: bool, act: Callable[..., Any]) -> Callable[..., Any]:
        def done(*args: Any) -> None:
            if before:
                falls()
            act(*args)
            if after:
                falls()

        return done

    appended = around(step == "append", step == "appended", SideFile.append)
    forgotten = around(step == "merged", step == "forgotten", SideFile.forget)
    monkeypatch.setattr(SideFile, "append", appended)
    monkeypatch.setattr(SideFile, "forget", forgotten)


@pytest.mark.parametrize(("step", "number"), CUTS)
def test_a_process_that_dies_during_it_loses_and_doubles_nothing(
    step: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before and after each write of the side file, and around the end of its merge."""
    stand, cuts = LockableStand(tmp_path), list[str]()

    async def killing() -> None:
        with held_by_another(stand.path):
            await stand.play(1, turns=5)
        await stand.play(1)

    async def course() -> None:
        await stand.ready()
        stand.switch.ordered = "now"
        with monkeypatch.context() as cutting:
            cut_at(cutting, step, number=number)
            try:
                await killing()
            except PowerCut:
                cuts.append(step)
        stand.die()
        await stand.start()
        # An order whose answer died with the process is given up after seventy seconds.
        await stand.play(3, turns=80)

    run(course())

    assert cuts == [step]
    check_whole(stand)
    stand.die()


def test_a_kill_goes_on_where_nothing_can_be_written_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The side file fails too: it says so loudly, sells, and writes all of it down later."""
    stand = LockableStand(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async def course() -> None:
        await stand.ready()
        with held_by_another(stand.path), monkeypatch.context() as broken:
            broken.setattr(os, "fsync", full)
            stand.switch.ordered = "now"
            await stand.play(2)
            assert stand.venue.holdings == {}
            assert stand.side.read_bytes() == b""
        await stand.play(1)

    run(course())

    assert "WITHOUT A RECORD ON THE DISK" in capsys.readouterr().out
    check_whole(stand)
    stand.die()


def test_nothing_is_bought_again_before_the_journal_has_it_all(tmp_path: Path) -> None:
    """A person disarms while the journal is locked: that word waits, and selling goes on."""
    stand = LockableStand(tmp_path, bars=20)

    async def course() -> None:
        await stand.ready()
        with held_by_another(stand.path):
            stand.switch.ordered = "now"
            await stand.turn()
            stand.switch.is_lifted = True
            await stand.turn()
            assert stand.session.state.restrictions.killed == "now"
            await stand.play(1, turns=5)
            assert stand.venue.holdings == {}
        await stand.play(2)

    run(course())

    assert stand.session.state.restrictions.killed == ""
    assert stand.venue.holdings != {}
    stand.die()


class _Server:
    """5xx to every sale until it is told to work; an order too far from its clock is refused."""

    def __init__(self, stand: LockableStand, *, failures: int) -> None:
        self._stand, self._place, self._failures = stand, stand.venue.place_order, failures

    async def place_order(self, order: PlacedOrder) -> str:
        if self._failures:
            self._failures -= 1
            raise OutcomeUnknown("502 Bad Gateway")
        deadline_us = order.deadline_us
        if deadline_us is not None and abs(deadline_us - self._stand.clock.at_us) > HOUR_US // 60:
            raise VenueRefused("EGeneral:Invalid arguments:deadline")
        return await self._place(order)


class _Askew:
    """The executor's own count of the time, an hour off."""

    def __init__(self, stand: LockableStand, off_us: int) -> None:
        self._stand, self._off_us = stand, off_us

    def now_us(self) -> int:
        return self._stand.clock.at_us + self._off_us

    def sync(self, origin_us: int) -> None:
        """A clock that is behind is set by the first fill that comes from its future."""
        self._off_us = max(self._off_us, origin_us - self._stand.clock.at_us)


@pytest.mark.parametrize("off_us", [-HOUR_US, HOUR_US])
def test_all_of_it_at_once(off_us: int, tmp_path: Path) -> None:
    """Journal locked, the venue answers 5xx, and our clock is an hour off: it sells."""
    stand = LockableStand(tmp_path, bars=30)

    async def course() -> None:
        await stand.ready()
        stand.venue.place_order = _Server(stand, failures=3).place_order  # type: ignore[method-assign]
        stand.session.clock = _Askew(stand, off_us)  # type: ignore[assignment]
        with held_by_another(stand.path):
            stand.switch.ordered = "now"
            for _ in range(120):
                await stand.turn()
        for _ in range(300):
            await stand.turn()

    run(course())

    assert stand.venue.holdings == {}
    check_whole(stand)
    stand.die()
