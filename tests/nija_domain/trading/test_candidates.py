"""Candidates trade the live candles on paper as a back-test would, and touch nothing else."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest
from msgspec.structs import asdict, replace

from nija_domain.evaluation.backtest import BacktestPlan, run_backtest
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import candidate_records as recorded
from nija_domain.events import records as ev
from nija_domain.market.timeframes import utc_day
from nija_domain.trading import candidates
from nija_domain.trading.fold import fold as fold_core
from nija_domain.trading.paper_books import PaperBook
from nija_domain.trading.session import advance, fold
from nija_domain.trading.snapshots import decode_state, encode_state
from nija_domain.trading.state import State
from tests.fakes.beside import (
    CANDIDATE,
    activated,
    bar_events,
    live_opening,
    played,
    session_events,
    start_us,
)
from tests.fakes.stages import COMPETING, STARTING_CASH, plan_backtest

BARS = 300
PARTS = ("market", "book", "restrictions", "account")


@cache
def plan() -> BacktestPlan:
    return plan_backtest(bars=BARS, seed=2, arms=COMPETING)


@cache
def session() -> tuple[State, tuple[ev.JournalEvent, ...]]:
    begun = activated(plan().content, at_us=start_us(plan()))
    state, records = played(State(), session_events(plan(), [begun], bars=BARS))
    return state, tuple(records)


def _parts(state: State | PaperBook) -> dict[str, str]:
    return {name: repr(getattr(state, name)) for name in PARTS}


def _kinds(events: Iterable[ev.JournalEvent], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def _is_own(event: ev.JournalEvent) -> bool:
    return type(event).__module__ == recorded.__name__


def test_paper_is_the_back_test_to_the_bit() -> None:
    """Same release, same candles: features, orders, money and trades are those of the back-test."""
    state, records = session()
    backtest, known = run_backtest(plan()), State()
    for event in backtest.events:
        known = fold_core(known, event)
    told = [asdict(trade) for trade in _kinds(records, ev.CandidateTradeClosed)]

    assert len(backtest.trades) >= 5
    assert [{**asdict(trade), "candidate": CANDIDATE} for trade in backtest.trades] == told
    assert _parts(state.paper.books[CANDIDATE]) == _parts(known)


def test_the_comparison_with_the_back_test_can_fail() -> None:
    """A fee that is a little higher gives another book."""
    dear = replace(
        plan(),
        instruments={
            s: replace(each, taker_fee_rate=each.taker_fee_rate * 2)
            for s, each in plan().instruments.items()
        },
    )
    begun = activated(plan().content, at_us=start_us(plan()))
    state, _ = played(State(), session_events(dear, [begun], bars=BARS))

    assert _parts(state.paper.books[CANDIDATE]) != _parts(session()[0].paper.books[CANDIDATE])


def test_candidates_change_nothing_of_the_live_book() -> None:
    """Every record but their own is there without them too, and every action."""
    alone = session_events(plan(), [], bars=BARS)
    state, records = played(State(), (e for e in alone if not isinstance(e, ev.CandidatesDue)))
    beside, with_them = session()

    assert [e for e in with_them if not _is_own(e)] == records
    assert _parts(beside) == _parts(state)


def test_a_crash_anywhere_gives_the_same_books() -> None:
    """After each record of a session, its fold is the state that the executor had."""
    begun = activated(plan().content, at_us=start_us(plan()))
    state = folded = State()
    for event in session_events(plan(), [begun], bars=40):
        advanced = advance(state, event)
        state = advanced.state
        for record in advanced.records:
            folded = fold(folded, record)

        assert folded.paper == state.paper

    assert _parts(folded.paper.books[CANDIDATE]) == _parts(state.paper.books[CANDIDATE])


@pytest.mark.parametrize("cut", [7, 150, 1_001, 2_000])
def test_a_snapshot_keeps_the_books(cut: int) -> None:
    """From any record on, what was kept and the rest give the last state to the bit."""
    state, records = session()
    at_cut = State()
    for record in records[:cut]:
        at_cut = fold(at_cut, record)
    resumed = decode_state(encode_state(at_cut))
    for record in records[cut:]:
        resumed = fold(resumed, record)

    assert repr(resumed.paper).replace("frozenset", "") == repr(state.paper).replace(
        "frozenset", ""
    )


def test_bars_that_waited_together_trade_as_those_that_waited_alone() -> None:
    """A process that ends between decision and candidates has lost nothing."""
    begun = activated(plan().content, at_us=start_us(plan()))
    events = [*session_events(plan(), [begun], bars=60)]
    last = len(events) - 1
    late = [e for n, e in enumerate(events) if n == last or not isinstance(e, ev.CandidatesDue)]
    one_by_one, _ = played(State(), events)
    together, records = played(State(), late)

    assert len(_kinds(records, ev.CandidatesDue)) == 1
    assert repr(together.paper) == repr(one_by_one.paper)


def test_a_replay_derives_their_records_again() -> None:
    """To the bit: a cent in a trade on paper is the first difference."""
    records = [*session()[1]]
    at = next(n for n, e in enumerate(records) if isinstance(e, ev.CandidateTradeClosed))
    other = replace(records[at], gross=records[at].gross + 1)
    found = find_first_difference([*records[:at], other, *records[at + 1 :]])

    assert find_first_difference(records) is None
    assert found is not None
    assert (found.sequence, found.field) == (at + 1, "gross")


def test_it_begins_with_the_live_equity_and_is_marked_once_a_day() -> None:
    """Its journal grows by a mark a day and by its trades, not by its orders."""
    state, records = session()
    marks = _kinds(records, ev.CandidateMarked)
    days = {utc_day(mark.at_us) for mark in marks}
    own = [e for e in records if _is_own(e)]
    book = state.paper.books[CANDIDATE]

    assert book.capital == STARTING_CASH
    assert len(marks) == len(days) == book.tally.days
    assert book.tally.bars == BARS
    assert len(own) == 1 + BARS + len(marks) + book.tally.trades


def test_a_release_that_cannot_be_read_fails_alone() -> None:
    """It is told, the live book goes on, and so does the candidate beside it."""
    good = activated(plan().content, at_us=start_us(plan()))
    bad = replace(good, candidate="candidate-2", content='{"timeframe_us": 1}')
    state, records = played(State(), session_events(plan(), [bad, good], bars=40))
    (failed,) = _kinds(records, ev.CandidateFailed)

    assert failed.candidate == "candidate-2"
    assert "train a new release" in failed.reason
    assert state.paper.books["candidate-2"].fault == failed.reason
    assert state.paper.books[CANDIDATE].tally.bars == 40
    assert len(_kinds(records, ev.EquityMarked)) == 40
    assert not state.restrictions.fault


def test_a_candidate_that_the_program_fails_at_stands_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once, with the reason; a fold of the journal by better code leaves it stopped."""
    odd = activated(
        plan().content, at_us=start_us(plan()), candidate="candidate-2", release_id="odd"
    )
    good = activated(plan().content, at_us=start_us(plan()))
    healthy = candidates.trade_bar

    def fails_at_odd(desk: Any, *rest: Any, **named: Any) -> Any:
        if desk.state.release.release_id == "odd":
            raise ZeroDivisionError("planted")
        return healthy(desk, *rest, **named)

    monkeypatch.setattr(candidates, "trade_bar", fails_at_odd)
    state, records = played(State(), session_events(plan(), [odd, good], bars=20))
    monkeypatch.undo()
    folded = State()
    for record in records:
        folded = fold(folded, record)
    (failed,) = _kinds(records, ev.CandidateFailed)

    assert failed.reason == "ZeroDivisionError: planted"
    assert state.paper.books[CANDIDATE].tally.bars == 20
    assert state.paper.books["candidate-2"].tally.bars == 0
    assert folded.paper.books["candidate-2"].fault == failed.reason
    assert not state.restrictions.fault


def test_other_bars_than_the_live_ones_are_refused() -> None:
    """Its candles would never come."""
    hourly = replace(plan().content, timeframe_us=3_600_000_000)
    begun = activated(hourly, at_us=start_us(plan()))
    state, _ = played(State(), [*live_opening(plan()), begun])

    assert state.paper.books[CANDIDATE].fault == (
        "ReleaseInvalid: its bars are of 1h and the live ones of 5m; train it on those"
    )


def test_candles_that_it_missed_warm_it_up() -> None:
    """Begun later, its features and regimes are those of one that was there all along."""
    begun = activated(plan().content, at_us=start_us(plan()))
    always, _ = played(State(), session_events(plan(), [begun], bars=40))
    without, _ = played(State(), session_events(plan(), [], bars=40))
    missed = [e for row in range(40) for e in bar_events(plan(), row)]
    warmed = ev.CandidateWarmed(
        at_us=start_us(plan()),
        candidate=CANDIDATE,
        candles=tuple(e for e in missed if isinstance(e, ev.CandleClosed)),
    )
    late, records = played(without, [begun, warmed])
    known = always.paper.books[CANDIDATE].market.symbols
    found = late.paper.books[CANDIDATE].market.symbols

    assert records == [begun, warmed]
    assert {s: repr(each.values) for s, each in found.items()} == {
        s: repr(each.values) for s, each in known.items()
    }
    assert {s: each.filtered for s, each in found.items()} == {
        s: each.filtered for s, each in known.items()
    }
    assert late.paper.books[CANDIDATE].tally.bars == 0


def test_candles_of_a_live_catch_up_are_not_traded_again() -> None:
    """A new live release reads old candles again; the candidate has had them."""
    begun = activated(plan().content, at_us=start_us(plan()))
    events = [*session_events(plan(), [begun], bars=60)]
    before, _ = played(State(), events)
    again = [e for row in range(60) for e in bar_events(plan(), row)]
    after, _ = played(before, [e for e in again if isinstance(e, ev.CandleClosed)])
    after, _ = played(after, [*bar_events(plan(), 60), ev.CandidatesDue(at_us=0)])
    plain, _ = played(before, [*bar_events(plan(), 60), ev.CandidatesDue(at_us=0)])

    assert repr(after.paper) == repr(plain.paper)


def _until_a_stop_rests() -> tuple[State, int, str]:
    """The session just before a bar, and a symbol that rests behind a stop."""
    begun = activated(plan().content, at_us=start_us(plan()))
    state, _ = played(State(), [*live_opening(plan()), begun])
    for row in range(BARS):
        for slip in state.paper.books[CANDIDATE].broker.slips.values():
            if slip.order.kind == "stop-loss":
                return state, row, slip.order.symbol
        state, _ = played(state, [*bar_events(plan(), row), ev.CandidatesDue(at_us=0)])
    raise AssertionError("no stop ever rested")


def _crashing(row: int, symbol: str) -> list[Any]:
    events = [*bar_events(plan(), row)]
    at = next(n for n, e in enumerate(events) if getattr(e, "symbol", "") == symbol)
    events[at] = replace(events[at], low=events[at].low / 2, close=events[at].low / 2)
    return [*(e for n, e in enumerate(events) if n != at), events[at]]


def test_a_late_candle_fills_nothing_at_prices_of_before_the_decision() -> None:
    """What was decided at a close does not trade in the bar of that close."""
    state, row, symbol = _until_a_stop_rests()
    *others, closed, due, late = _crashing(row, symbol)
    resting = state.paper.books[CANDIDATE].broker.trade_count
    in_time, _ = played(state, [*others, late, closed, due, ev.CandidatesDue(at_us=0)])
    decided, _ = played(state, [*others, closed, due, ev.CandidatesDue(at_us=0)])
    known = decided.paper.books[CANDIDATE]
    after, _ = played(decided, [late, ev.CandidatesDue(at_us=0)])

    assert in_time.paper.books[CANDIDATE].broker.trade_count > resting
    assert after.paper.books[CANDIDATE].broker == known.broker
    assert after.paper.books[CANDIDATE].market != known.market


def test_a_candidate_that_is_dropped_leaves_nothing() -> None:
    """Neither a book nor candles that wait for one."""
    state, _ = session()
    state, _ = played(state, bar_events(plan(), BARS - 1))
    dropped = ev.CandidateDropped(at_us=0, candidate=CANDIDATE, reason="asked for")
    after, records = played(state, [dropped])

    assert state.paper.waiting
    assert after.paper == State().paper
    assert records == [dropped]
