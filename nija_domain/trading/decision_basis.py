"""What the signals of a bar are judged by: worked out once for all of them.

Each part is of frozen values and is worked out anew once the state has others, so that none can be
out of date.
"""

from collections.abc import Sequence
from math import sqrt

import msgspec
from msgspec.structs import replace

from nija_domain.capital.account import Capital
from nija_domain.capital.sizing import SizingParameters
from nija_domain.capital.tuner import with_tuning
from nija_domain.events.records import DecisionDue, JournalEvent, OrderIntended
from nija_domain.market.timeframes import YEAR_US
from nija_domain.trading.at_work import AtWork, at_work_in
from nija_domain.trading.book import Book, Purse
from nija_domain.trading.market_rows import market_probs_of
from nija_domain.trading.state import State


class Means(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """The money of a book as sizes count it, and how it is shared out."""

    purse: Purse
    capital: Capital
    tradable: float
    equity: float
    cash: float
    bonus: float
    parameters: SizingParameters

    def is_of(self, book: Book) -> bool:
        return self.purse is book.purse and self.capital is book.capital


class DecisionBasis(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """What decides beside the state: `work` and `means` are of the state's book.

    `universe` are the symbols that the release trades, `volatility_place` is where their rows have
    their volatility, and a year has `year_root` squared bars.
    """

    due: DecisionDue
    market_probs: dict[str, float]
    universe: frozenset[str]
    volatility_place: int
    year_root: float
    work: AtWork
    means: Means

    @property
    def at_us(self) -> int:
        return self.due.at_us

    def after(self, made: Sequence[JournalEvent], state: State) -> "DecisionBasis":
        """The same bar once these records, the decision of one signal, have led to this state."""
        book = state.book
        if self.work.book is book:
            return self
        match made:
            case [OrderIntended(role="entry", order_id=order_id)]:
                work = self.work.with_entry(book, book.orders.live[order_id])
            case _:
                work = at_work_in(book)
        means = self.means if self.means.is_of(book) else _means_of(state)
        return replace(self, work=work, means=means)


def basis_of(state: State, due: DecisionDue) -> DecisionBasis:
    content = state.release.content if state.release else None
    names = content.feature_names if content else ()
    return DecisionBasis(
        due=due,
        market_probs=market_probs_of(state.market),
        universe=frozenset(content.universe if content else ()),
        volatility_place=names.index(VOLATILITY) if VOLATILITY in names else -1,
        year_root=sqrt(YEAR_US / content.timeframe_us) if content else 0.0,
        work=at_work_in(state.book),
        means=_means_of(state),
    )


VOLATILITY = "ewma_volatility"


def _means_of(state: State) -> Means:
    purse, capital = state.book.purse, state.book.capital
    sizing = state.release.content.sizing if state.release else SizingParameters()
    return Means(
        purse=purse,
        capital=capital,
        tradable=float(capital.buckets.tradable),
        equity=float(purse.equity),
        cash=float(purse.cash),
        bonus=capital.milestones.bonus,
        parameters=with_tuning(sizing, capital.tuned),
    )
