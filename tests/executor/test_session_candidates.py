"""An executor with candidates beside its live book: real session and turns."""

from typing import Any, get_args, get_type_hints

import pytest

from executor.observe.candidates import Beside, CandidateEvent
from executor.observe.pages import Reader
from executor.ports import CandleSource
from executor.settings import ExecutorSettings
from nija_domain.errors import ReleaseInvalid
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from nija_domain.releases.candidate_channels import CANDIDATE_CHANNELS
from nija_domain.trading import candidates
from nija_domain.trading.core import _REACTIONS
from nija_domain.trading.session import advance
from nija_domain.trading.state import State
from tests.fakes.channels import FakeReleases
from tests.fakes.stands import HOLD, Stand, check_books, run


def _kinds(stand: Stand, kind: type) -> list[Any]:
    return [event for event in stand.journal.events if isinstance(event, kind)]


def _with_candidates(stand: Stand, *names: str) -> Stand:
    for name in names:
        stand.candidates[name] = FakeReleases(stand.release(f"r-{name}"))
    return stand


def test_candidates_trade_beside_the_live_book() -> None:
    """From the first bar after their start on; the venue sees none of their orders."""
    stand = _with_candidates(Stand(strategy=HOLD), "candidate-1", "candidate-2")
    alone = Stand(strategy=HOLD)

    async def course() -> None:
        for each in (stand, alone):
            await each.start()
            await each.play(8)

    run(course())
    books = stand.session.state.paper.books
    kinds = stand.kinds()

    assert {name: book.tally.bars for name, book in books.items()} == {
        "candidate-1": 7,
        "candidate-2": 7,
    }
    assert all(book.tally.trades for book in books.values())
    assert [order.client_id for order in stand.venue.sent] == [
        order.client_id for order in alone.venue.sent
    ]
    assert [k for k in kinds if "Candidate" not in k] == alone.kinds()
    assert kinds.count("CandidatesDue") == kinds.count("DecisionDue") - 1 == 7
    assert find_first_difference(stand.journal.events) is None
    check_books(stand)


def test_nothing_of_theirs_happens_before_the_live_orders_are_out() -> None:
    """When they are stepped, the venue has accepted every order of the bar."""
    stand = _with_candidates(Stand(), "candidate-1")

    async def course() -> None:
        await stand.start()
        await stand.play(6)

    run(course())
    open_orders = set[str]()
    for event in stand.journal.events:
        if isinstance(event, ev.OrderIntended):
            open_orders.add(event.order_id)
        elif isinstance(event, ev.OrderAccepted):
            open_orders.discard(event.order_id)
        elif isinstance(event, ev.CandidatesDue):
            assert not open_orders

    assert _kinds(stand, ev.OrderIntended)


def test_a_restart_goes_on_with_the_same_books() -> None:
    """Also one between the decision and the candidates' turn."""
    stand = _with_candidates(Stand(), "candidate-1")
    steady = _with_candidates(Stand(), "candidate-1")

    async def course() -> None:
        for each in (stand, steady):
            await each.start()
            await each.play(5)
        stand.journal.bodies = stand.journal.bodies[: _last_decision(stand)]
        await stand.restart()
        assert stand.session.state.paper.is_due
        await stand.turn(after_us=0)

    run(course())
    found, known = stand.session.state.paper, steady.session.state.paper

    assert repr(found) == repr(known)


def _last_decision(stand: Stand) -> int:
    numbered = enumerate(stand.journal.events, start=1)
    return max(number for number, event in numbered if isinstance(event, ev.CandidatesDue)) - 1


def test_a_release_that_is_not_trusted_is_refused_once() -> None:
    """Whatever is wrong with its channel; the others and the live book go on."""
    stand = _with_candidates(Stand(), "candidate-1", "candidate-2", "candidate-3")
    stand.candidates["candidate-1"].failure = ReleaseInvalid("not signed; sign it")
    stand.candidates["candidate-2"].pointer_failure = OSError("disk gone")  # type: ignore[assignment]

    async def course() -> None:
        await stand.start()
        await stand.play(4)

    run(course())
    refused = _kinds(stand, ev.CandidateRejected)

    assert [(e.candidate, e.release_id, e.reason) for e in refused] == [
        ("candidate-1", "r-candidate-1", "not signed; sign it"),
        ("candidate-2", "unreadable", "disk gone"),
    ]
    assert [*stand.session.state.paper.books] == ["candidate-3"]
    assert not stand.session.state.restrictions.fault
    check_books(stand)


def test_a_candidate_that_fails_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told once; entries of the live book stay open."""
    stand = _with_candidates(Stand(strategy=HOLD), "candidate-1", "candidate-2")
    healthy = candidates.trade_bar

    def fails_at_one(desk: Any, *rest: Any, **named: Any) -> Any:
        if desk.state.release.release_id == "r-candidate-1":
            raise RuntimeError("planted")
        return healthy(desk, *rest, **named)

    monkeypatch.setattr(candidates, "trade_bar", fails_at_one)

    async def course() -> None:
        await stand.start()
        await stand.play(4)

    run(course())
    (failed,) = _kinds(stand, ev.CandidateFailed)

    assert (failed.candidate, failed.reason) == ("candidate-1", "RuntimeError: planted")
    assert stand.session.state.paper.books["candidate-2"].tally.bars == 3
    assert not stand.session.state.restrictions.fault
    check_books(stand)


def test_one_that_begins_late_goes_on_from_its_history() -> None:
    """It reads what it missed; a symbol that cannot be read warms up from what comes."""
    stand = Stand(bars=24)

    async def course() -> None:
        await stand.start()
        await stand.play(20)
        stand.venue.faults.delisted = {"SOL/USD"}
        _with_candidates(stand, "candidate-1")
        await stand.turn()
        stand.venue.faults.delisted = set()
        await stand.play(1)

    run(course())
    state = stand.session.state
    live, found = state.market.symbols, state.paper.books["candidate-1"].market.symbols
    (warmed,) = _kinds(stand, ev.CandidateWarmed)

    assert len(warmed.candles) == 20
    assert found["BTC/USD"].values == live["BTC/USD"].values
    assert found["BTC/USD"].filtered == live["BTC/USD"].filtered
    assert found["SOL/USD"].missing_bars == 20
    assert state.paper.books["candidate-1"].tally.bars == 1
    assert find_first_difference(stand.journal.events) is None


def test_another_release_begins_anew_and_an_empty_channel_ends_it() -> None:
    """A record belongs to one release; a channel that the setting no longer names ends as well."""
    stand = _with_candidates(Stand(), "candidate-1", "candidate-2")

    async def course() -> None:
        await stand.start()
        await stand.play(3)
        stand.candidates["candidate-1"].release = stand.release("r-other")
        await stand.play(2)
        assert stand.session.state.paper.books["candidate-1"].tally.bars == 1
        stand.candidates["candidate-1"].release = None
        del stand.candidates["candidate-2"]
        await stand.play(1)

    run(course())
    dropped = {event.candidate: event.reason for event in _kinds(stand, ev.CandidateDropped)}

    assert dropped == {
        "candidate-1": "its channel is empty",
        "candidate-2": "the setting no longer names it",
    }
    assert stand.session.state.paper.books == {}


def test_without_candidates_nothing_is_recorded_of_them() -> None:
    """An executor that has none writes the journal that it always wrote."""
    stand = Stand()

    async def course() -> None:
        await stand.start()
        await stand.play(3)

    run(course())

    assert not [kind for kind in stand.kinds() if "Candidate" in kind]


@pytest.mark.parametrize(
    ("named", "told"),
    [
        (("champion",), "not the channel champion, which trades"),
        (("candidate-1", "candidate-1"), "name each once"),
        (("a", "b", "c", "d"), "names 4 channels; name at most 3"),
    ],
)
def test_three_channels_of_their_own_at_most(named: tuple[str, ...], told: str) -> None:
    """What trades live is no candidate; an empty list turns candidates off."""
    with pytest.raises(ValueError, match=told):
        ExecutorSettings(candidates=named)

    assert ExecutorSettings().candidates == CANDIDATE_CHANNELS
    assert ExecutorSettings(candidates=()).candidates == ()


def test_the_watch_of_candidates_has_no_door() -> None:
    """It reads candles, and what it may record is of candidates: nothing of it ever acts."""
    events = get_args(CandidateEvent)
    taken = get_type_hints(Beside.observe)["events"]
    public = {name for kind in Beside.__mro__ for name in vars(kind) if not name.startswith("_")}

    assert public == {"state", "clock", "candles", "candidates", "observe"}
    assert get_type_hints(Reader.candles.fget)["return"] is CandleSource
    assert {name for name in vars(CandleSource) if not name.startswith("_")} == {"fetch_candles"}
    assert get_args(taken) == (CandidateEvent,)
    assert all(advance(State(), _blank(kind)).actions == () for kind in events)
    assert not set(events) & set(_REACTIONS)


def _blank(kind: type[Any]) -> Any:
    fields = {"at_us": 0, "candidate": "candidate-1", "reason": "", "release_id": "r"}
    fields |= {"fingerprint": "f", "content": "", "candles": ()}
    names = kind.__struct_fields__
    return kind(**{name: value for name, value in fields.items() if name in names})


def test_an_error_with_odd_characters_stops_no_live_entry() -> None:
    """A file of the candidate's release has a name that is no text."""
    stand, alone = Stand(), Stand()
    broken = FakeReleases(stand.release("r-odd"))
    broken.failure = ReleaseInvalid("the file bad\udcff is not in the manifest")
    stand.candidates["candidate-1"] = broken

    async def course() -> None:
        for each in (stand, alone):
            await each.start()
            await each.play(6)

    run(course())

    assert "EventQuarantined" not in stand.kinds()
    assert len(_kinds(stand, ev.CandidateRejected)) == 1
    assert [k for k in stand.kinds() if "Candidate" not in k] == alone.kinds()
