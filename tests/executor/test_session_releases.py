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
