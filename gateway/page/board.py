"""The page for people, written here whole: a browser without scripts sees the same."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.build import Build
from gateway.page.chart import EquityChart, draw_chart
from gateway.page.data import DataBoard
from gateway.page.ribbons import MarketMood, Ribbon, draw_ribbons, read_mood
from gateway.page.wording import FILTERS
from gateway.watch import Sight
from nija_domain.events.records import TradeClosed
from nija_domain.statements.allotments import Allotment, allotments_of
from nija_domain.statements.holdings import Holding, holdings_of, unrealized_of
from nija_domain.statements.incidents import Incident
from nija_domain.statements.statement import Picture, Refusal

ROWS_SHOWN = 8
INCIDENTS_SHOWN = 5


class RefusalRow(msgspec.Struct, frozen=True, kw_only=True):
    """The same refusal, as often as it was given."""

    kind: str
    subject: str
    reason: str
    times: int
    last_us: int


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows of one sight; the rows are the newest, newest first."""

    sight: Sight
    chart: EquityChart | None
    holdings: tuple[Holding, ...]
    unrealized: Decimal
    gain_today: Decimal
    drawdown: float
    market: MarketMood | None
    ribbons: tuple[Ribbon, ...]
    allotments: tuple[Allotment, ...]
    trades: tuple[tuple[TradeClosed, str], ...]
    incidents: tuple[Incident, ...]
    refusals: tuple[RefusalRow, ...]


class Page:
    """The templates, read once; every value is escaped on its way in."""

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

    def whole(self, sight: Sight) -> str:
        return self._templates.get_template("page.html").render(board=board_of(sight))

    def board(self, sight: Sight) -> str:
        """The part that changes."""
        return self._templates.get_template("board.html").render(board=board_of(sight))

    def data(self, board: DataBoard | None) -> str:
        return self._templates.get_template("data.html").render(board=board)

    def failure(self, reason: str) -> str:
        return self._templates.get_template("failure.html").render(reason=reason)

    def failure_notice(self, reason: str) -> str:
        return self._templates.get_template("notice.html").render(reason=reason)


def board_of(sight: Sight) -> Board:
    picture, held = sight.picture, holdings_of(sight.picture.state)
    return Board(
        sight=sight,
        chart=draw_chart(picture.equity, picture.trades),
        holdings=held,
        unrealized=unrealized_of(held),
        gain_today=picture.equity_now - picture.state.account.day_start_equity,
        drawdown=picture.equity[-1].drawdown if picture.equity else 0.0,
        market=read_mood(picture.state),
        ribbons=draw_ribbons(picture),
        allotments=allotments_of(picture.state, at_us=picture.venue_us),
        trades=tuple(_newest_trades(picture)),
        incidents=sight.incidents[:INCIDENTS_SHOWN],
        refusals=tuple(refusal_rows(picture.refusals)[:ROWS_SHOWN]),
    )


def _newest_trades(picture: Picture) -> Iterator[tuple[TradeClosed, str]]:
    """Each with the id of its entry."""
    newest = slice(None, -ROWS_SHOWN - 1, -1)
    for trade, told in zip(picture.trades[newest], picture.trade_ids[newest], strict=True):
        yield trade, told.entry_id


def refusal_rows(refusals: Iterable[Refusal]) -> list[RefusalRow]:
    """Newest first."""
    given: dict[tuple[str, str, str], list[int]] = {}
    for refusal in refusals:
        given.setdefault((refusal.kind, refusal.subject, refusal.reason), []).append(refusal.at_us)
    rows = [
        RefusalRow(kind=kind, subject=subject, reason=reason, times=len(at_us), last_us=at_us[-1])
        for (kind, subject, reason), at_us in given.items()
    ]
    return sorted(rows, key=lambda row: row.last_us, reverse=True)
