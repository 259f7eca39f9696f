"""What a session does with new, bad and unreadable releases."""

from nija_domain.errors import ReleaseInvalid
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from tests.fakes.stages import WARM_UP_BARS
from tests.fakes.stands import HOLD, Stand, check_books, run


def test_a_hot_swap_lies_between_two_bars() -> None:
    """A new release catches up to the newest bar and decides from the next; the books stand."""
    stand = Stand(strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(3)
        stand.releases.release = stand.release("r-2", row=WARM_UP_BARS - 1)
        await stand.play(3)

    run(course())
    intents = [e for e in stand.journal.events if isinstance(e, ev.OrderIntended)]
    decided = [e.ts_us for e in stand.journal.events if isinstance(e, ev.DecisionDue)]
    marks = [float(e.equity) for e in stand.journal.events if isinstance(e, ev.EquityMarked)]

    assert {e.release_id for e in intents if e.role == "entry"} >= {"r-1"}
    assert len(decided) == len(set(decided)) == 6
    assert "HaltTripped" not in stand.kinds()
    assert max(marks) / min(marks) < 1.02
    assert find_first_difference(stand.journal.events) is None
    check_books(stand)


def test_a_bad_release_is_rejected_once_and_the_last_good_one_stays() -> None:
    """One record of the refusal, however many turns; a good one after it is taken."""
    stand = Stand(strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(1)
        stand.releases.release = stand.release("r-bad")
        stand.releases.failure = ReleaseInvalid("not signed; sign it")
        await stand.play(2)
        assert stand.session.state.release is not None
        assert stand.session.state.release.release_id == "r-1"
        stand.releases.release, stand.releases.failure = stand.release("r-3"), None
        await stand.play(1)

    run(course())

    assert stand.kinds().count("ReleaseRejected") == 1
    assert stand.releases.loads == len(["r-1", "r-bad", "r-3"])
    assert stand.session.state.release is not None
    assert stand.session.state.release.release_id == "r-3"


def test_a_pointer_that_cannot_be_read_is_reported_once() -> None:
    """Trading goes on with what is active."""
    stand = Stand()

    async def course() -> None:
        await stand.start()
        await stand.play(1)
        stand.releases.pointer_failure = ReleaseInvalid("the pointer is torn; promote again")
        await stand.play(4)

    run(course())

    assert stand.kinds().count("ReleaseRejected") == 1
    assert stand.kinds().count("DecisionDue") == 5


def _bad_day(stand: Stand) -> ev.HaltTripped:
    return ev.HaltTripped(at_us=stand.clock.at_us, limit="daily_rollback", value=0.16, bound=0.15)


async def _second_release_trades(stand: Stand) -> None:
    await stand.start()
    await stand.play(1)
    stand.releases.release = stand.release("r-2", row=WARM_UP_BARS - 1)
    await stand.play(1)


def test_a_bad_day_goes_back_to_the_release_before() -> None:
    """Its reason is recorded, and the channel's pointer to the one it left is ignored."""
    stand, active = Stand(strategy=HOLD, bars=16), list[str]()

    async def course() -> None:
        await _second_release_trades(stand)
        await stand.session.observe([_bad_day(stand)])
        await stand.play(1)
        await stand.restart()
        await stand.play(2)
        active.append(stand.session.state.release.release_id)
        stand.releases.release = stand.release("r-3", row=WARM_UP_BARS - 1)
        await stand.play(1)
        stand.releases.release = stand.release("r-2", row=WARM_UP_BARS - 1)
        await stand.play(1)
        active.append(stand.session.state.release.release_id)

    run(course())
    activations = [e for e in stand.journal.events if isinstance(e, ev.ReleaseActivated)]

    assert active == ["r-1", "r-2"]
    assert [e.release_id for e in activations] == ["r-1", "r-2", "r-1", "r-3", "r-2"]
    assert [e.left for e in activations] == ["", "", "r-2", "", ""]
    assert activations[2].reason == (
        "rolled back from r-2, which lost 16.0% in a day (15.0% allowed)"
    )
    assert stand.session.state.restrictions.halts == frozenset()
    check_books(stand)


def test_a_pointer_back_to_the_release_that_was_left_is_a_word_of_its_own() -> None:
    """The channel names the one that trades, as the job `roll_back` does, and later the other."""
    stand = Stand(strategy=HOLD, bars=16)

    async def course() -> None:
        await _second_release_trades(stand)
        left = stand.releases.release
        await stand.session.observe([_bad_day(stand)])
        await stand.play(1)
        stand.releases.release = stand.release("r-1")
        await stand.play(1)
        stand.releases.release = left
        await stand.play(1)

    run(course())

    assert stand.session.state.release.release_id == "r-2"


def test_without_a_release_before_the_halt_stays() -> None:
    """Nor does a second bad day return to the release that lost so much on the first."""
    alone, twice = Stand(strategy=HOLD), Stand(strategy=HOLD, bars=16)

    async def course() -> None:
        await alone.start()
        await alone.play(1)
        await alone.session.observe([_bad_day(alone)])
        await alone.play(2)
        await _second_release_trades(twice)
        for _ in range(2):
            await twice.session.observe([_bad_day(twice)])
            await twice.play(2)

    run(course())

    assert alone.kinds().count("ReleaseActivated") == 1
    assert alone.session.state.restrictions.halts == {"daily_rollback"}
    assert twice.session.state.release.release_id == "r-1"
    assert twice.session.state.restrictions.halts == {"daily_rollback"}
