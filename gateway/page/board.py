"""The live page, rendered on the server: it works without scripts too."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.build import Build
from gateway.page.chart import EquityChart, draw_chart
from gateway.page.data import DataBoard
from gateway.page.ribbons import Ribbon, draw_ribbons
from gateway.page.wording import FILTERS
from gateway.watch import Reading
from nija_domain.statements.account import INCIDENTS_SHOWN
from nija_domain.statements.allotments import Allotment, allotments_of
from nija_domain.statements.holdings import Holding, holdings_of, unrealized_of
from nija_domain.statements.incidents import Incident
from nija_domain.statements.league import LeagueRow, league_of
from nija_domain.statements.regimes import MarketMood, read_mood
from nija_domain.statements.statement import Refusal, RoundTrip

ROWS_SHOWN = 8


class RefusalRow(msgspec.Struct, frozen=True, kw_only=True):
    """One refusal, with how often it occurred."""

    kind: str
    subject: str
    reason: str
    times: int
    last_us: int


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows of one reading. Lists start with the newest.

    Without candidates there is no league.
    """

    reading: Reading
    chart: EquityChart | None
    holdings: tuple[Holding, ...]
    unrealized: Decimal
    gain_today: Decimal
    drawdown: float
    market: MarketMood | None
    ribbons: tuple[Ribbon, ...]
    allotments: tuple[Allotment, ...]
    league: tuple[LeagueRow, ...]
    trades: tuple[RoundTrip, ...]
    incidents: tuple[Incident, ...]
    refusals: tuple[RefusalRow, ...]


class Page:
    """The templates of the pages; every value is escaped."""

    def __init__(self, build: Build) -> None:
        self._templates = Environment(
            loader=PackageLoader("gateway.page"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= FILTERS
        self._templates.filters["json"] = lambda value: msgspec.json.encode(value).decode()
        self._templates.globals |= {"build": build}

    def whole(self, reading: Reading) -> str:
        """The whole live page."""
        return self._templates.get_template("page.html").render(board=board_of(reading))

    def board(self, reading: Reading) -> str:
        """Only the part that changes."""
        return self._templates.get_template("board.html").render(board=board_of(reading))

    def data(self, board: DataBoard | None) -> str:
        """The page about the candles."""
        return self._templates.get_template("data.html").render(board=board)

    def failure(self, reason: str) -> str:
        """The page if the journal cannot be read."""
        return self._templates.get_template("failure.html").render(reason=reason)

    def failure_notice(self, reason: str) -> str:
        """Only the notice that the journal cannot be read."""
        return self._templates.get_template("notice.html").render(reason=reason)


def board_of(reading: Reading) -> Board:
    """Collect what the page shows."""
    statement, held = reading.statement, holdings_of(reading.statement.state)
    return Board(
        reading=reading,
        chart=draw_chart(statement.equity, [trade.closed for trade in statement.trades]),
        holdings=held,
        unrealized=unrealized_of(held),
        gain_today=statement.equity_now - statement.state.book.purse.day_start_equity,
        drawdown=statement.equity[-1].drawdown if statement.equity else 0.0,
        market=read_mood(statement.state),
        ribbons=draw_ribbons(statement),
        allotments=allotments_of(statement.state, at_us=statement.venue_us),
        league=league_of(statement) if statement.state.paper.books else (),
        trades=statement.trades[: -ROWS_SHOWN - 1 : -1],
        incidents=reading.incidents[:INCIDENTS_SHOWN],
        refusals=tuple(refusal_rows(statement.refusals)[:ROWS_SHOWN]),
    )


def refusal_rows(refusals: Iterable[Refusal]) -> list[RefusalRow]:
    """Equal refusals as one row each, newest first."""
    given: dict[tuple[str, str, str], list[int]] = {}
    for refusal in refusals:
        given.setdefault((refusal.kind, refusal.subject, refusal.reason), []).append(refusal.at_us)
    rows = [
        RefusalRow(kind=kind, subject=subject, reason=reason, times=len(at_us), last_us=at_us[-1])
        for (kind, subject, reason), at_us in given.items()
    ]
    return sorted(rows, key=lambda row: row.last_us, reverse=True)
