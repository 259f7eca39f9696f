"""The live book and the candidates in one table: what each has done, and how sure that is."""

import msgspec

from nija_domain.market.money import ZERO
from nija_domain.statements.statement import Statement
from nija_domain.statistics.evidence import Sample, find_drawdown_lack, find_lack
from nija_domain.statistics.intervals import Interval, share_interval
from nija_domain.trading.book import Purse
from nija_domain.trading.paper_books import PaperBook
from nija_domain.trading.state import State
from nija_domain.trading.tally import Tally

LIVE = "live"


class LeagueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One book. Ratios are None while `lack` says that there is too little to tell them.

    Returns are fractions of what was paid in. `live_return` is that of the live book since the
    candidate began. `stopped` is why nothing is entered: a fault, or halts.
    """

    name: str
    release_id: str
    since_us: int | None
    bars: int
    days: int
    trades: int
    open_positions: int
    net_return: float | None
    live_return: float | None = None
    win_rate: float | None = None
    win_rate_interval: Interval | None = None
    profit_factor: float | None = None
    max_drawdown: float | None = None
    lack: str | None = None
    stopped: str = ""


def league_of(statement: Statement) -> tuple[LeagueRow, ...]:
    """The live book first, then the candidates by their return; none before the first record."""
    if statement.sequence == 0:
        return ()
    state = statement.state
    candidates = [_candidate_row(state, *each) for each in state.paper.books.items()]
    ranked = sorted(candidates, key=lambda row: (-(row.net_return or 0.0), row.name))
    return (_live_row(statement), *ranked)


def _live_row(statement: Statement) -> LeagueRow:
    state, tally = statement.state, statement.tally
    purse = state.book.purse
    row = _row(LIVE, statement.release_id, tally)
    return msgspec.structs.replace(
        row,
        since_us=tally.since_us,
        open_positions=len(state.book.positions),
        net_return=_return_of(purse),
        stopped=", ".join(sorted(state.restrictions.halts)),
    )


def _candidate_row(state: State, name: str, book: PaperBook) -> LeagueRow:
    return msgspec.structs.replace(
        _row(name, book.release_id, book.tally),
        since_us=book.begun_us,
        open_positions=len(book.book.positions),
        net_return=_return_of(book.book.purse),
        live_return=_live_return_since(state, book),
        stopped=book.fault or ", ".join(sorted(book.restrictions.halts)),
    )


def _row(name: str, release_id: str, tally: Tally) -> LeagueRow:
    lack = find_lack(Sample(tally.trades, tally.days))
    is_known = lack is None and tally.trades > 0
    return LeagueRow(
        name=name,
        release_id=release_id,
        since_us=None,
        bars=tally.bars,
        days=tally.days,
        trades=tally.trades,
        open_positions=0,
        net_return=None,
        win_rate=tally.wins / tally.trades if is_known else None,
        win_rate_interval=share_interval(tally.wins, tally.trades) if is_known else None,
        profit_factor=float(tally.won / tally.lost) if is_known and tally.lost else None,
        max_drawdown=None if find_drawdown_lack(tally.bars) else tally.max_drawdown,
        lack=lack,
    )


def _return_of(purse: Purse) -> float | None:
    if purse.deposits <= ZERO:
        return None
    return float(purse.equity / purse.deposits - 1)


def _live_return_since(state: State, book: PaperBook) -> float | None:
    """What was paid in meanwhile is no gain."""
    purse = state.book.purse
    if book.capital <= ZERO:
        return None
    paid_in = purse.deposits - book.live_deposits
    return float((purse.equity - paid_in) / book.capital - 1)
