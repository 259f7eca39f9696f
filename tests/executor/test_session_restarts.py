"""The power is cut after every record: fold, look up, go on, and nothing is doubled."""

import asyncio
from collections.abc import Callable

import pytest

from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from tests.fakes.journals import FakeJournal, PowerCut
from tests.fakes.stands import HOLD, Stand, check_books, holdings_in

Prepare = Callable[[Stand], None]

FIRST_LIFE_BARS = 6


def _calm(stand: Stand) -> None:
    """No fault but the cut itself."""
    del stand


def _stormy(stand: Stand) -> None:
    stand.venue.faults.lost_answers = 2
    stand.venue.faults.lost_cancels = 2


def _lost(stand: Stand) -> None:
    stand.venue.faults.lost_orders = 2


STEP = 3
"""Each course is cut at every third record, beginning at another one; `prove` cuts at each."""

COURSES = [(prepare, thin) for prepare in (_calm, _stormy, _lost) for thin in (False, True)]


def _cut_after(records: int, *, prepare: Prepare, thin: bool) -> Stand:
    """A session until its journal holds this many records, then a new process and more bars."""
    stand = Stand(bars=FIRST_LIFE_BARS + 3, thin=thin)
    prepare(stand)
    stand.journal = FakeJournal(records_max=records)

    async def course() -> None:
        try:
            await stand.start()
            await stand.play(FIRST_LIFE_BARS)
        except PowerCut:
            await stand.restart()
            await stand.play_out()

    asyncio.run(course())
    return stand


def _whole_session(*, prepare: Prepare, thin: bool) -> FakeJournal:
    return _cut_after(10**9, prepare=prepare, thin=thin).journal


@pytest.mark.parametrize(
    ("prepare", "thin", "first", "step"),
    [
        *((*course, 1 + number % STEP, STEP) for number, course in enumerate(COURSES)),
        *(pytest.param(*course, 1, 1, marks=pytest.mark.prove) for course in COURSES),
    ],
)
def test_a_cut_after_any_record_harms_nothing(
    prepare: Prepare, thin: bool, first: int, step: int
) -> None:
    """Every order goes out once, books and venue agree, and no holding stands alone."""
    length = len(_whole_session(prepare=prepare, thin=thin).bodies)
    for records in range(first, length, step):
        stand = _cut_after(records, prepare=prepare, thin=thin)

        check_books(stand)


@pytest.mark.parametrize("step", [STEP, pytest.param(1, marks=pytest.mark.prove)])
@pytest.mark.parametrize("prepare", [_calm, _stormy])
def test_a_session_that_was_cut_replays_to_the_bit(prepare: Prepare, step: int) -> None:
    """A cut falls between two writes; the journal of both lives is reproduced as one."""
    whole = _whole_session(prepare=prepare, thin=False)
    for records in sorted(whole.batch_ends)[:-1:step]:
        stand = _cut_after(records, prepare=prepare, thin=False)

        assert find_first_difference(stand.journal.events) is None


def test_a_process_that_forgets_is_seen() -> None:
    """The check above can fail: without its intents in the journal a process buys again."""
    stand = Stand(strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(1)
        remembered = [e for e in stand.journal.events if not isinstance(e, ev.OrderIntended)]
        stand.journal = FakeJournal()
        stand.journal.append(remembered)
        await stand.start()
        await stand.play_out()

    asyncio.run(course())
    held = holdings_in(stand.session.state)

    assert held != stand.venue.holdings
    assert find_first_difference(stand.journal.events) is not None


def test_five_restarts_change_nothing() -> None:
    """A process that starts again and again while a position is held sends nothing."""
    stand = Stand(strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(3)
        before = stand.session.state, len(stand.venue.sent)
        for _ in range(5):
            await stand.restart()
            await stand.turn()

        assert (stand.session.state, len(stand.venue.sent)) == before

    asyncio.run(course())

    assert stand.kinds().count("FundsMoved") == 1
    assert stand.kinds().count("SessionStarted") == 6
