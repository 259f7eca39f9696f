"""The league tells what each book has done, against sums over its own records."""

from decimal import Decimal
from functools import cache

import pytest
from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.market.timeframes import DAY_US, utc_day
from nija_domain.statements.league import league_of
from nija_domain.statements.statement import Statement, extend_statement
from nija_domain.trading.book import Purse
from nija_domain.trading.tally import Tally, tallied
from tests.fakes.beside import CANDIDATE, session_with_candidate
from tests.fakes.sessions import with_book
from tests.fakes.traded import traded_session


@cache
def _statement() -> Statement:
    return extend_statement(Statement(), enumerate(session_with_candidate(), start=1))


def test_a_candidate_is_the_sum_of_its_trades_and_marks() -> None:
    """Return from its own equity; trades as they were recorded."""
    statement = _statement()
    trades = [e for e in session_with_candidate() if isinstance(e, ev.CandidateTradeClosed)]
    book = statement.state.paper.books[CANDIDATE]
    _, row = league_of(statement)

    assert (row.name, row.trades, row.bars) == (CANDIDATE, len(trades), 300)
    assert row.net_return == float(book.book.purse.equity / book.capital - 1)
    assert row.live_return == 0.0
    assert book.tally.won - book.tally.lost == sum(t.gross - t.fees for t in trades)
    assert row.max_drawdown is not None
    assert row.max_drawdown > 0.0
    assert (row.win_rate, row.profit_factor) == (None, None)
    assert row.lack is not None


def test_the_live_book_is_measured_as_the_candidates_are() -> None:
    """The same sums over the live book's own records."""
    session = traded_session()
    statement = extend_statement(Statement(), enumerate(session, start=1))
    trades = [e for e in session if isinstance(e, ev.TradeClosed)]
    marks = [e for e in session if isinstance(e, ev.EquityMarked)]
    (row,) = league_of(statement)
    peak, worst = Decimal(0), 0.0
    for mark in marks:
        peak = max(peak, mark.equity, statement.state.book.purse.deposits)
        worst = max(worst, float(1 - mark.equity / peak))

    assert (row.name, row.trades, row.bars) == ("live", len(trades), len(marks))
    assert row.days == len({utc_day(mark.at_us) for mark in marks})
    assert row.max_drawdown == pytest.approx(worst)
    assert row.net_return == pytest.approx(float(marks[-1].equity / 10_000 - 1))


def test_a_deposit_is_no_gain_of_the_live_book_since() -> None:
    """What was paid in after a candidate began is taken off before both are compared."""
    state = _statement().state
    paid = ev.FundsMoved(at_us=0, amount=Decimal(5_000), reason="deposit")
    statement = extend_statement(_statement(), [(_statement().sequence + 1, paid)])

    assert statement.state.book.purse.equity == state.book.purse.equity + 5_000
    assert league_of(statement)[1].live_return == league_of(_statement())[1].live_return


def _trade(net: int) -> ev.TradeClosed:
    known = next(e for e in traded_session() if isinstance(e, ev.TradeClosed))
    return replace(known, gross=Decimal(net), fees=Decimal(0))


def test_ratios_are_told_once_there_is_enough_of_both() -> None:
    """Thirty trades over sixty days: the win rate with its interval, and won over lost."""
    statement, tally = _statement(), Tally()
    for number in range(40):
        tally = tallied(tally, _trade(3 if number % 4 else -2), Purse())
    for day in range(60):
        mark = ev.EquityMarked(at_us=day * DAY_US, equity=Decimal(99), cash=Decimal(99))
        tally = tallied(tally, mark, Purse(peak_equity=Decimal(100)))
    _, row = league_of(_with_tally(statement, tally))

    assert row.lack is None
    assert row.win_rate == 0.75
    assert row.win_rate_interval is not None
    assert row.win_rate_interval.low < 0.75 < row.win_rate_interval.high
    assert row.profit_factor == pytest.approx(90 / 20)
    assert row.max_drawdown == pytest.approx(0.01)


def _with_tally(statement: Statement, tally: Tally) -> Statement:
    state = statement.state
    book = replace(state.paper.books[CANDIDATE], tally=tally)
    paper = state.paper.with_book(CANDIDATE, book)
    return replace(statement, state=replace(with_book(state), paper=paper))


def test_a_candidate_that_stands_still_says_why() -> None:
    """A fault, or the halts of its own book."""
    failed = ev.CandidateFailed(at_us=0, candidate=CANDIDATE, reason="RuntimeError: planted")
    statement = extend_statement(_statement(), [(_statement().sequence + 1, failed)])

    assert league_of(statement)[1].stopped == "RuntimeError: planted"
    assert [incident.kind for incident in statement.trail.incidents][-1] == "candidate failed"
