"""What befell positions in other systems, played on the core: docs/reliability.md."""

from decimal import Decimal

from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.events.chain import decode_event, encode_event
from nija_domain.events.session_records import NEWEST_RULES
from nija_domain.market.timeframes import MINUTE_US, SECOND_US
from nija_domain.trading.core import Advance, advance
from nija_domain.trading.due import due_us
from nija_domain.trading.state import State
from tests.fakes.sessions import (
    NOON_US,
    POSITION,
    SYMBOL,
    accepted,
    ended,
    filled,
    fold_all,
    intended,
    open_state,
    opening,
    seen,
)

ENTRY = intended("e1", quantity="2")
COVERED = (
    accepted("e1"),
    filled("e1", "t1", quantity="2", price="100"),
    ended("e1"),
    seen("e1-stop", quantity="2"),
)


def _bar(minutes: int) -> ev.BarClosed:
    at_us = NOON_US + minutes * MINUTE_US
    return ev.BarClosed(at_us=at_us, ts_us=at_us - 5 * MINUTE_US)


def _start(minutes: int) -> ev.SessionStarted:
    return ev.SessionStarted(
        at_us=NOON_US + minutes * MINUTE_US,
        mode="paper",
        venue="http://127.0.0.1:8801",
        version="0",
        commit="c",
        rules=NEWEST_RULES,
    )


def _orders(made: Advance) -> list[ev.JournalEvent]:
    return [each for each in made.records if isinstance(each, ev.OrderIntended)]


def test_no_stop_is_placed_once_the_position_is_closed() -> None:
    """Whatever is told of its stop afterwards, and however much time passes."""
    state = open_state(ENTRY, *COVERED)
    sale = filled("e1-stop", "t2", quantity="2", price="95", side="sell")
    closed = advance(state, sale)
    late: tuple[ev.JournalEvent, ...] = (
        seen("e1-stop", status="canceled", quantity="2", filled="2"),
        sale,
        seen("e1-stop", status="filled", quantity="2", filled="2"),
        ev.OrderRefused(at_us=NOON_US, order_id="e1-stop", reason="no"),
        ev.TimePassed(at_us=NOON_US + 60 * SECOND_US),
    )
    made, after = [closed], closed.state
    for event in late:
        made.append(advance(after, event))
        after = made[-1].state

    assert "TradeClosed" in {type(record).__name__ for record in closed.records}
    assert [order for each in made for order in _orders(each)] == []
    assert due_us(after) is None


def _from_the_disk(*events: ev.JournalEvent) -> State:
    """As a new process reads them."""
    return fold_all(State(), *(decode_event(encode_event(e)) for e in (*opening(), *events)))


def _begun(made: Advance) -> list[tuple[str, str]]:
    return [(e.position_id, e.reason) for e in made.records if isinstance(e, ev.ExitBegun)]


def test_a_target_outlives_a_restart() -> None:
    """It lies in the journal with its entry: the next process leaves where the last one meant."""
    price = Decimal(repr(open_state().market.symbols[SYMBOL].mark_price))
    reached = _from_the_disk(replace(ENTRY, target_price=price - 1), *COVERED)
    not_reached = _from_the_disk(replace(ENTRY, target_price=price + 1), *COVERED)

    assert _begun(advance(reached, _bar(5))) == [(POSITION, f"its target {price - 1} is reached")]
    assert _begun(advance(not_reached, _bar(5))) == []


def test_an_age_outlives_a_restart() -> None:
    """The end of its time lies in the journal as well."""
    state = _from_the_disk(replace(ENTRY, leave_by_us=NOON_US + 10 * MINUTE_US), *COVERED)
    before = advance(state, _bar(5))

    assert _begun(before) == []
    assert _begun(advance(before.state, _bar(10))) == [
        (POSITION, "it was held as long as its agent wanted")
    ]


def _lose(state: State, share: str, number: int) -> State:
    """A tiny trade whose fee takes this share of ten thousand."""
    name = f"e{number}"
    fee = str(10_000 * Decimal(share))
    fill = filled(name, f"t{number}", quantity="0.0001", price="1", fee=fee)
    entry = intended(name, quantity="0.0001", position_id=f"trend/{SYMBOL}/core/{number}")
    return fold_all(state, entry, accepted(name), fill, accepted(f"{name}-stop"))


def test_restarts_do_not_move_the_base_of_a_days_loss() -> None:
    """Nine per cent lost, five restarts, two more lost: eleven per cent of the day's start."""
    state = advance(open_state(), _bar(0)).state
    base = state.book.purse.day_start_equity
    state = _lose(state, "0.09", 1)
    for number in range(5):
        state = advance(state, _start(number)).state
        state = advance(state, _bar(5 + 5 * number)).state
        assert state.restrictions.halts == frozenset()
    state = advance(_lose(state, "0.02", 2), _bar(40)).state
    restarted = advance(advance(state, _start(41)).state, _bar(45)).state

    assert restarted.book.purse.day_start_equity == base
    assert state.restrictions.halts == restarted.restrictions.halts == {"daily_loss_halt"}
