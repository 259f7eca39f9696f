"""The statement is the core's own fold, read piece by piece."""

import itertools
from decimal import Decimal
from functools import cache

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.statements.holdings import holdings_of
from nija_domain.statements.regimes import regime_number
from nija_domain.statements.statement import REFUSALS_MAX, Statement, extend_statement
from nija_domain.trading.fold import fold
from nija_domain.trading.state import State
from tests.fakes.traded import traded_session

Records = list[tuple[int, ev.JournalEvent]]


@cache
def _whole_statement() -> Statement:
    return extend_statement(Statement(), list(enumerate(traded_session(), start=1)))


@pytest.fixture(scope="module")
def records() -> Records:
    return list(enumerate(traded_session(), start=1))


def of_kind(records: Records, kind: type) -> list[ev.JournalEvent]:
    return [event for _, event in records if isinstance(event, kind)]


@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.integers(0, 3_300), max_size=6))
def test_pieces_give_the_same_picture_as_the_whole(cuts: list[int]) -> None:
    """However often it is looked at, nothing is lost and nothing is seen twice."""
    records = list(enumerate(traded_session(), start=1))
    statement = Statement()
    edges = [0, *sorted(min(cut, len(records)) for cut in cuts), len(records)]
    for start, stop in itertools.pairwise(edges):
        statement = extend_statement(statement, records[start:stop])

    assert statement == _whole_statement()


def test_the_state_is_the_cores_own(records: Records) -> None:
    """The gateway folds with the function that the executor starts with."""
    state = State()
    for _, event in records:
        state = fold(state, event)

    assert extend_statement(Statement(), records).state == state


def test_the_totals_are_what_a_count_by_hand_gives(records: Records) -> None:
    """Orders, fills, trades, wins, profit and refusals, each counted from the raw records."""
    counts = extend_statement(Statement(), records).counts
    net = [trade.gross - trade.fees for trade in of_kind(records, ev.TradeClosed)]

    assert counts.orders == len(of_kind(records, ev.OrderIntended)) > 0
    assert counts.fills == len(of_kind(records, ev.OrderFilled)) > 0
    assert counts.trades == len(net) > 1
    assert 0 < counts.wins == sum(profit > 0 for profit in net) < len(net)
    assert counts.realized == sum(net)
    assert counts.refusals == {"entry": len(of_kind(records, ev.EntryRefused))}


def worth_by_parts(statement: Statement) -> Decimal:
    """Deposits, realised and unrealised profit."""
    unrealized = sum((held.unrealized for held in holdings_of(statement.state)), Decimal(0))
    return statement.state.book.purse.deposits + statement.counts.realized + unrealized


def test_deposits_and_profits_add_up_to_the_equity_at_every_record(records: Records) -> None:
    """Exactly, also in the middle of a round trip."""
    statement, held = Statement(), 0
    for record in records:
        statement = extend_statement(replace(statement, equity=(), regimes=()), [record])
        held += bool(statement.state.book.positions)

        assert worth_by_parts(statement) == statement.equity_now

    assert held > 100


def test_a_release_that_was_cut_earlier_moves_no_mark(records: Records) -> None:
    """A holding is worth what its newest close says, whatever close the release starts from."""
    statement = _whole_statement()
    number, last = records[-1]
    release = next(event for _, event in records if isinstance(event, ev.ReleaseActivated))
    swapped = extend_statement(statement, [(number + 1, replace(release, at_us=last.at_us))])

    assert statement.state.book.positions
    assert worth_by_parts(swapped) == swapped.equity_now == statement.equity_now


def test_a_trade_that_is_counted_twice_breaks_the_sum() -> None:
    """The check above sees a planted fault."""
    statement = _whole_statement()
    doubled = statement.counts.realized + statement.trades[-1].net

    assert worth_by_parts(
        replace(statement, counts=replace(statement.counts, realized=doubled))
    ) != (statement.equity_now)


def test_a_fill_that_is_told_twice_is_counted_once(records: Records) -> None:
    """The trade id decides, as it does in the core."""
    row = next(row for row, (_, event) in enumerate(records) if isinstance(event, ev.OrderFilled))
    before = extend_statement(Statement(), records[: row + 1])

    assert extend_statement(before, records[row : row + 1]).counts.fills == before.counts.fills == 1


def test_each_point_knows_how_far_below_the_peak_it_lies() -> None:
    """The peak is the highest mark so far, from the deposit on."""
    statement = _whole_statement()
    peak = statement.state.book.purse.deposits
    for point in statement.equity:
        peak = max(peak, point.equity)

        assert point.drawdown == float(1 - point.equity / peak)

    assert max(point.drawdown for point in statement.equity) > 0


def test_every_refusal_names_what_was_refused_and_why(records: Records) -> None:
    """Entries by their symbol, orders by the symbol of their intent, releases by their id."""
    intent = of_kind(records, ev.OrderIntended)[-1]
    number, at_us = records[-1]
    found = [
        ev.OrderRefused(at_us=at_us.at_us, order_id=intent.order_id, reason="too small"),
        ev.OrderRefused(at_us=at_us.at_us, order_id="nobody's", reason="unknown"),
        ev.ReleaseRejected(at_us=at_us.at_us, release_id="r-9", reason="bad signature"),
    ]
    seen = extend_statement(_whole_statement(), enumerate(found, start=number + 1))
    last = [(refusal.kind, refusal.subject, refusal.reason) for refusal in seen.refusals[-3:]]

    assert last == [
        ("order", intent.symbol, "too small"),
        ("order", "nobody's", "unknown"),
        ("release", "r-9", "bad signature"),
    ]
    assert seen.counts.refusals["order"] == 2
    assert seen.counts.refusals["release"] == 1


def test_the_lists_have_an_end_and_the_totals_have_none() -> None:
    """The newest refusals are kept, all are counted."""
    refused = [
        ev.EntryRefused(
            at_us=row, symbol="BTC/USD", reason="no", release_id="r", agent="trend", tag="core"
        )
        for row in range(REFUSALS_MAX + 5)
    ]
    statement = extend_statement(Statement(), enumerate(refused, start=1))

    assert [refusal.at_us for refusal in statement.refusals] == list(range(5, REFUSALS_MAX + 5))
    assert statement.counts.refusals == {"entry": REFUSALS_MAX + 5}


def test_a_regimes_number_is_its_place_in_the_release(records: Records) -> None:
    """Bull, Bear and Chop are 0, 1 and 2 whatever symbol they are of."""
    names = {"Bull": 0, "Bear": 1, "Chop": 2}
    statement, seen = Statement(), set()
    for record in records:
        statement = extend_statement(replace(statement, equity=()), [record])
        if isinstance(record[1], ev.RegimeChanged):
            seen.add(record[1].regime)

            assert regime_number(statement.state, record[1].symbol) == names[record[1].regime]

    assert len(seen) > 1
