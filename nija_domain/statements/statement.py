"""Everything that people read of a journal: the core's state, and the lists worth showing."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from nija_domain.capital.performance import DayClose, daily_returns
from nija_domain.events import records as ev
from nija_domain.events.position_id import agent_of
from nija_domain.market.money import ZERO
from nija_domain.market.timeframes import utc_day
from nija_domain.statements.incidents import STEP_REMEDY, halt_text
from nija_domain.statements.trail import Trail, follow
from nija_domain.statistics.evidence import Sample, find_lack
from nija_domain.statistics.intervals import Interval, share_interval
from nija_domain.trading.book import Book
from nija_domain.trading.core import equity_of
from nija_domain.trading.session import fold
from nija_domain.trading.state import State
from nija_domain.trading.tally import Tally, tallied

EQUITY_POINTS_MAX = 50_000
TRADES_MAX = 1_000
REFUSALS_MAX = 200
REGIME_CHANGES_MAX = 2_000


class EquityPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The account at the close of a bar; the drawdown is the share lost since the peak."""

    at_us: int
    equity: Decimal
    cash: Decimal
    drawdown: float


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was refused; `kind` is entry, order, release or symbol."""

    at_us: int
    kind: str
    subject: str
    reason: str


class RoundTrip(msgspec.Struct, frozen=True):
    """A closed trade, named by its entry."""

    entry_id: str
    closed: ev.TradeClosed

    @property
    def agent(self) -> str:
        return agent_of(self.closed.config_id)

    @property
    def net(self) -> Decimal:
        return self.closed.gross - self.closed.fees


Entry = EquityPoint | RoundTrip | Refusal | ev.RegimeChanged
Kind = TypeVar("Kind", bound=Entry)


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Totals since the first record; `realized` is after fees."""

    orders: int = 0
    fills: int = 0
    trades: int = 0
    wins: int = 0
    realized: Decimal = ZERO
    refusals: dict[str, int] = {}
    selections: dict[str, int] = {}

    @property
    def win_rate(self) -> float | None:
        """The share of trades with a profit; None before there are enough of them."""
        return None if find_lack(Sample(self.trades)) else self.wins / self.trades

    @property
    def win_rate_bounds(self) -> Interval | None:
        return None if self.win_rate is None else share_interval(self.wins, self.trades)


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """Everything up to record `sequence`; lists hold their newest entries, oldest first.

    `day_closes` has the account at the end of every UTC day.
    """

    sequence: int = 0
    last: ev.JournalEvent | None = None
    state: State = State()
    trail: Trail = Trail()
    equity: tuple[EquityPoint, ...] = ()
    trades: tuple[RoundTrip, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    regimes: tuple[ev.RegimeChanged, ...] = ()
    counts: Counts = Counts()
    tally: Tally = Tally()
    day_closes: tuple[DayClose, ...] = ()

    @property
    def venue_us(self) -> int:
        """The newest venue time in the journal; 0 before the first record."""
        return self.trail.newest_us

    @property
    def last_us(self) -> int:
        return self.last.at_us if self.last else 0

    @property
    def session(self) -> ev.SessionStarted | None:
        return self.trail.session

    @property
    def release_id(self) -> str:
        """The id of the active release; empty before the first."""
        return self.state.release.release_id if self.state.release else ""

    @property
    def daily_returns(self) -> tuple[float, ...]:
        last_day = utc_day(self.last_us)
        return daily_returns(self.day_closes, last_day=last_day, window=last_day)

    @property
    def sample(self) -> Sample:
        """All closed trades since the account began."""
        return Sample(self.counts.trades, len(self.daily_returns))

    @property
    def equity_now(self) -> Decimal:
        """Cash plus every position at its last close."""
        return equity_of(self.state)


def extend_statement(
    statement: Statement, records: Iterable[tuple[int, ev.JournalEvent]]
) -> Statement:
    """The statement after these further records."""
    sequence, last, state = statement.sequence, statement.last, statement.state
    trail, counts, entries = statement.trail, statement.counts, list[Entry]()
    tally = statement.tally
    closes = {close.day: close for close in statement.day_closes}
    for number, event in records:
        before, state = state, fold(state, event)
        sequence, last = number, event
        counts = _count(counts, event, is_booked=state is not before)
        tally = tallied(tally, event, state.book.purse)
        trail = follow(trail, event)
        entries += _entries(event, before, state)
        if isinstance(event, ev.EquityMarked):
            newest = state.book.capital.days[-1]
            closes[newest.day] = newest
    if sequence == statement.sequence:
        return statement
    return Statement(
        sequence=sequence,
        last=last,
        state=state,
        trail=trail,
        equity=_newest(statement.equity, entries, kind=EquityPoint, most=EQUITY_POINTS_MAX),
        trades=_newest(statement.trades, entries, kind=RoundTrip, most=TRADES_MAX),
        refusals=_newest(statement.refusals, entries, kind=Refusal, most=REFUSALS_MAX),
        regimes=_newest(statement.regimes, entries, kind=ev.RegimeChanged, most=REGIME_CHANGES_MAX),
        counts=counts,
        tally=tally,
        day_closes=tuple(closes.values()),
    )


def _newest(
    known: tuple[Kind, ...], entries: Iterable[Entry], *, kind: type[Kind], most: int
) -> tuple[Kind, ...]:
    return (*known, *(entry for entry in entries if isinstance(entry, kind)))[-most:]


def _entries(event: ev.JournalEvent, before: State, state: State) -> tuple[Entry, ...]:
    """The list entries that this event adds."""
    match event:
        case ev.EquityMarked():
            return (_point(event, state.book.purse.peak_equity),)
        case ev.TradeClosed():
            return (RoundTrip(_entry_id_of(before.book, event), event),)
        case ev.RegimeChanged():
            return (event,)
        case ev.EntryRefused() | ev.OrderRefused() | ev.ReleaseRejected() | ev.SymbolHalted():
            return (_refusal(event, state),)
        case _:
            return ()


def _entry_id_of(book: Book, event: ev.TradeClosed) -> str:
    """A record of version 1 tells only the symbol, which then had one position."""
    held = book.positions.get(event.position_id)
    of_symbol = book.held_in(event.symbol)
    return held.entry_id if held else of_symbol[0].entry_id if of_symbol else ""


def _point(event: ev.EquityMarked, peak: Decimal) -> EquityPoint:
    return EquityPoint(
        at_us=event.at_us,
        equity=event.equity,
        cash=event.cash,
        drawdown=float(1 - event.equity / peak) if peak > 0 else 0.0,
    )


def _refusal(
    event: ev.EntryRefused | ev.OrderRefused | ev.ReleaseRejected | ev.SymbolHalted, state: State
) -> Refusal:
    match event:
        case ev.EntryRefused():
            subject, reason = event.symbol, event.reason
        case ev.OrderRefused():
            order = state.book.orders.get(event.order_id)
            subject, reason = order.symbol if order else event.order_id, event.reason
        case ev.ReleaseRejected():
            subject, reason = event.release_id, event.reason
        case ev.SymbolHalted():
            subject, reason = event.symbol, f"{halt_text(event)}: {STEP_REMEDY}"
    return Refusal(at_us=event.at_us, kind=_REFUSALS[type(event)], subject=subject, reason=reason)


_REFUSALS: dict[type, str] = {
    ev.EntryRefused: "entry",
    ev.OrderRefused: "order",
    ev.ReleaseRejected: "release",
    ev.SymbolHalted: "symbol",
}


def _count(counts: Counts, event: ev.JournalEvent, *, is_booked: bool) -> Counts:
    """A fill that was reported twice counts once."""
    if isinstance(event, ev.OrderIntended):
        return replace(counts, orders=counts.orders + 1)
    if isinstance(event, ev.OrderFilled):
        return replace(counts, fills=counts.fills + is_booked)
    if isinstance(event, ev.TradeClosed):
        net = event.gross - event.fees
        return replace(
            counts,
            trades=counts.trades + 1,
            wins=counts.wins + (net > 0),
            realized=counts.realized + net,
        )
    if isinstance(event, ev.PresetChosen):
        return replace(counts, selections=_one_more(counts.selections, event.config_id))
    kind = _REFUSALS.get(type(event))
    if kind is None:
        return counts
    return replace(counts, refusals=_one_more(counts.refusals, kind))


def _one_more(counted: dict[str, int], name: str) -> dict[str, int]:
    return {**counted, name: counted.get(name, 0) + 1}
