"""Books on paper beside the live one: what each candidate knows, and the candles that wait."""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from nija_domain.events.records import BarClosed, CandleClosed, DecisionDue
from nija_domain.market.instruments import Instrument
from nija_domain.market.money import ZERO
from nija_domain.safety.restrictions import Restrictions
from nija_domain.trading.account import Account
from nija_domain.trading.book import Book
from nija_domain.trading.broker import Broker
from nija_domain.trading.market import Market
from nija_domain.trading.tally import Tally

BARS_WAITING_MAX = 1_000
"""More than a venue's page of candles. Bars wait for milliseconds, unless nothing is decided."""


class PaperBook(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate: a market, a book and a broker of its own, and nothing of the account.

    `capital` is what it began with: the live equity of that moment. `live_deposits` are those of
    the live book then, so that its gain since can be told. `fault` is what the program failed at:
    such a book stands still.
    """

    release_id: str
    begun_us: int
    capital: Decimal = ZERO
    live_deposits: Decimal = ZERO
    instruments: dict[str, Instrument] = {}
    market: Market = Market()
    book: Book = Book()
    restrictions: Restrictions = Restrictions()
    account: Account = Account()
    broker: Broker = Broker()
    tally: Tally = Tally()
    fault: str = ""


class WaitingBar(msgspec.Struct, frozen=True, kw_only=True):
    """Candles of one bar as they were recorded, and the words that closed and decided it."""

    ts_us: int
    candles: tuple[CandleClosed, ...] = ()
    closed: BarClosed | None = None
    due: DecisionDue | None = None


class PaperBooks(msgspec.Struct, frozen=True, kw_only=True):
    """The books by the channels of their candidates; `waiting` is not traded by them yet."""

    books: dict[str, PaperBook] = {}
    waiting: tuple[WaitingBar, ...] = ()

    @property
    def is_trading(self) -> bool:
        """Whether any candidate is there that does not stand still."""
        return any(not book.fault for book in self.books.values())

    @property
    def is_due(self) -> bool:
        """Whether the live book has decided a bar that the candidates have not traded."""
        return any(bar.due is not None for bar in self.waiting)

    def with_book(self, name: str, book: PaperBook) -> "PaperBooks":
        return replace(self, books={**self.books, name: book})

    def without(self, name: str) -> "PaperBooks":
        left = {key: each for key, each in self.books.items() if key != name}
        return replace(self, books=left, waiting=self.waiting if left else ())

    def with_waiting(self, event: CandleClosed | BarClosed | DecisionDue) -> "PaperBooks":
        """In the order of the records: a late candle of an earlier bar stands behind."""
        newest = self.waiting[-1] if self.waiting else None
        if newest is None or newest.ts_us != event.ts_us:
            before, newest = self.waiting, WaitingBar(ts_us=event.ts_us)
        else:
            before = self.waiting[:-1]
        waiting = (*before, _with_event(newest, event))
        return replace(self, waiting=waiting[-BARS_WAITING_MAX:])


def _with_event(bar: WaitingBar, event: CandleClosed | BarClosed | DecisionDue) -> WaitingBar:
    match event:
        case CandleClosed():
            return replace(bar, candles=(*bar.candles, event))
        case BarClosed():
            return replace(bar, closed=event)
        case DecisionDue():
            return replace(bar, due=event)
