"""Candidates: releases that trade the live candles on paper, beside the live book.

They have no door to the venue: what their desks command ends at a broker inside them, and what
leaves this module is the state and records of theirs, never an action.
"""

from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from nija_domain.errors import ReleaseInvalid
from nija_domain.events import records as ev
from nija_domain.events.chain import encode_event
from nija_domain.market.timeframes import format_timeframe, utc_day
from nija_domain.safety.restrictions import Restrictions
from nija_domain.trading.activation import with_limits
from nija_domain.trading.core import equity_of
from nija_domain.trading.matching import FillModel
from nija_domain.trading.paper import PaperDesk, observe, opening, trade_bar
from nija_domain.trading.paper_books import PaperBook, WaitingBar
from nija_domain.trading.state import State
from nija_domain.trading.tally import tallied

FILL_MODEL = FillModel()
REASON_CHARACTERS_MAX = 500

CandidateRecord = ev.CandidateTradeClosed | ev.CandidateMarked | ev.CandidateFailed


class SteppedBooks(msgspec.Struct, frozen=True):
    """The state with its candidates a step further, and what is told of them. No action."""

    state: State
    told: tuple[CandidateRecord, ...] = ()


def begin_candidate(state: State, event: ev.CandidateActivated) -> SteppedBooks:
    """A book of its own with the live equity of now; whatever the channel had before ends."""
    name = event.candidate
    blank = PaperBook(release_id=event.release_id, begun_us=event.at_us)
    try:
        begun, told = _opened(state, blank, event), tuple[CandidateRecord, ...]()
    except Exception as error:  # noqa: BLE001 - whatever it is, the live book goes on
        begun, told = _failed(name, blank, error, event.at_us)
    return SteppedBooks(_with_book(state, name, begun), told)


def warm_candidate(state: State, event: ev.CandidateWarmed) -> SteppedBooks:
    """Its features and filters go on from the end of its history; nothing is decided."""
    name, book = event.candidate, state.paper.books.get(event.candidate)
    if book is None or book.fault:
        return SteppedBooks(state)
    try:
        desk = _open_desk(state, book)
        fresh = [candle for candle in event.candles if _is_fresh(desk.state, candle)]
        warmed, told = _closed_desk(book, observe(desk, fresh).desk), tuple[CandidateRecord, ...]()
    except Exception as error:  # noqa: BLE001 - whatever it is, the live book goes on
        warmed, told = _failed(name, book, error, event.at_us)
    return SteppedBooks(_with_book(state, name, warmed), told)


def step_candidates(state: State, due: ev.CandidatesDue) -> SteppedBooks:
    """Each candidate trades the bars that wait. One that fails stands still; the others do not."""
    told: list[CandidateRecord] = []
    after = replace(state, paper=replace(state.paper, waiting=()))
    for name, book in state.paper.books.items():
        if book.fault:
            continue
        try:
            stepped, records = _traded(state, name, book)
            for record in records:
                encode_event(record)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
            stepped, records = _failed(name, book, error, due.at_us)
        after = _with_book(after, name, stepped)
        told += records
    return SteppedBooks(after, tuple(told))


def drop_candidate(state: State, event: ev.CandidateDropped) -> State:
    return replace(state, paper=state.paper.without(event.candidate))


def fail_candidate(state: State, event: ev.CandidateFailed) -> State:
    """As it was recorded: a later version, which would not fail, does not undo it."""
    book = state.paper.books.get(event.candidate)
    if book is None:
        return state
    return _with_book(state, event.candidate, replace(book, fault=event.reason))


def await_candidates(state: State, event: ev.CandleClosed | ev.BarClosed | ev.DecisionDue) -> State:
    """The candles wait until the live orders of their bar are out."""
    if not state.paper.is_trading:
        return state
    return replace(state, paper=state.paper.with_waiting(event))


def follow_rules(state: State, event: ev.SessionStarted) -> State:
    """Candidates decide by the rules of the session."""
    after = state
    for name, book in state.paper.books.items():
        restrictions = replace(book.restrictions, rules=event.rules)
        after = _with_book(after, name, replace(book, restrictions=restrictions))
    return after


def _with_book(state: State, name: str, book: PaperBook) -> State:
    return replace(state, paper=state.paper.with_book(name, book))


def _failed(
    name: str, book: PaperBook, error: Exception, at_us: int
) -> tuple[PaperBook, tuple[CandidateRecord, ...]]:
    text = f"{type(error).__name__}: {error}"[:REASON_CHARACTERS_MAX]
    reason = text.encode(errors="replace").decode()
    failed = ev.CandidateFailed(at_us=at_us, candidate=name, reason=reason)
    return replace(book, fault=reason), (failed,)


def _opened(state: State, blank: PaperBook, event: ev.CandidateActivated) -> PaperBook:
    capital = equity_of(state)
    if state.limits is None or capital <= 0:
        raise ReleaseInvalid(
            f"a candidate begins with the live equity, which is {capital}; pay in, then add it anew"
        )
    restrictions = Restrictions(rules=state.rules)
    release = ev.ReleaseActivated(
        at_us=event.at_us,
        release_id=event.release_id,
        fingerprint=event.fingerprint,
        content=event.content,
    )
    told = opening(release, limits=state.limits, instruments=state.instruments, cash=capital)
    desk = observe(PaperDesk(State(restrictions=restrictions)), told).desk
    _check_timeframe(state, desk.state)
    deposits = state.book.purse.deposits
    return _closed_desk(replace(blank, capital=capital, live_deposits=deposits), desk)


def _check_timeframe(live: State, own: State) -> None:
    if live.release is None or own.release is None:
        return
    wanted, found = live.release.content.timeframe_us, own.release.content.timeframe_us
    if wanted != found:
        raise ReleaseInvalid(
            f"its bars are of {format_timeframe(found)} and the live ones of"
            f" {format_timeframe(wanted)}; train it on those"
        )


def _traded(
    state: State, name: str, book: PaperBook
) -> tuple[PaperBook, tuple[CandidateRecord, ...]]:
    desk, told = _open_desk(state, book), list[CandidateRecord]()
    _check_timeframe(state, desk.state)
    for bar in state.paper.waiting:
        desk, records = _trade_waiting(desk, bar)
        tally, day = book.tally, book.tally.day
        for record in records:
            tally = tallied(tally, record, desk.state.book.purse)
        book = _closed_desk(replace(book, tally=tally), desk)
        told += _told(name, book, records, day=day)
    return book, tuple(told)


def _trade_waiting(
    desk: PaperDesk, bar: WaitingBar
) -> tuple[PaperDesk, tuple[ev.JournalEvent, ...]]:
    """As the back-test does; a candle that comes after its bar was decided fills nothing."""
    fresh = [candle for candle in bar.candles if _is_fresh(desk.state, candle)]
    if bar.ts_us <= desk.state.book.decided_us:
        dealt = observe(desk, fresh)
        return dealt.desk, dealt.records
    closing = [word for word in (bar.closed, bar.due) if word is not None]
    dealt = trade_bar(desk, fresh, closing, model=FILL_MODEL)
    return dealt.desk, dealt.records


def _is_fresh(state: State, candle: ev.CandleClosed) -> bool:
    """Of its own symbols, and not before its history's end: the live book may catch up later."""
    known = state.market.symbols.get(candle.symbol)
    return known is not None and candle.ts_us > known.ts_us and candle.symbol in state.instruments


def _told(
    name: str, book: PaperBook, records: tuple[ev.JournalEvent, ...], *, day: int
) -> Iterator[CandidateRecord]:
    for record in records:
        if isinstance(record, ev.TradeClosed):
            yield ev.CandidateTradeClosed(candidate=name, **msgspec.structs.asdict(record))
        elif isinstance(record, ev.EquityMarked) and utc_day(record.at_us) != day:
            yield ev.CandidateMarked(
                at_us=record.at_us,
                candidate=name,
                equity=record.equity,
                cash=record.cash,
                open_positions=len(book.book.positions),
                bars=book.tally.bars,
                trades=book.tally.trades,
            )


def _open_desk(state: State, book: PaperBook) -> PaperDesk:
    """Under the live limits and instruments; what rests keeps the steps that it was placed with."""
    resting = {slip.order.symbol for slip in book.broker.slips.values()}
    kept = {symbol: each for symbol, each in book.instruments.items() if symbol in resting}
    own = State(
        limits=state.limits,
        instruments={**state.instruments, **kept},
        market=book.market,
        book=book.book,
        restrictions=book.restrictions,
        account=book.account,
    )
    return PaperDesk(with_limits(own), book.broker)


def _closed_desk(book: PaperBook, desk: PaperDesk) -> PaperBook:
    state = desk.state
    return replace(
        book,
        instruments=state.instruments,
        market=state.market,
        book=state.book,
        restrictions=state.restrictions,
        account=state.account,
        broker=desk.broker,
    )
