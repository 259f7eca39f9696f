"""Everything that the core knows, computed from the journal; never changed in place."""

import msgspec

from nija_domain.capital.limits import HardLimits
from nija_domain.capital.protection import ProtectionRules
from nija_domain.market.instruments import Instrument
from nija_domain.safety.restrictions import Restrictions
from nija_domain.trading.account import Account
from nija_domain.trading.book import Book
from nija_domain.trading.market import ActiveRelease, Market
from nija_domain.trading.paper_books import PaperBooks
from nija_domain.trading.waits import Waits, waits_by


class LimitsApproval(msgspec.Struct, frozen=True, kw_only=True):
    """A person approved of limits that were not read yet."""

    fingerprint: str
    until_us: int


class State(msgspec.Struct, frozen=True, kw_only=True):
    """`limits` are those read and, where looser, approved; `limits_read` as they stand in the file.

    `limits_in_force` are tightened by the release.

    `paper` are the candidates' books; nothing of the live book looks at them. `pace` is how many
    seconds of the venue pass in one of ours: what takes us a time, as an answer does, is waited for
    in seconds of both.
    """

    limits: HardLimits | None = None
    limits_read: HardLimits | None = None
    limits_approved: LimitsApproval | None = None
    limits_in_force: HardLimits | None = None
    instruments: dict[str, Instrument] = {}
    market: Market = Market()
    book: Book = Book()
    restrictions: Restrictions = Restrictions()
    account: Account = Account()
    paper: PaperBooks = PaperBooks()
    pace: int = 1

    @property
    def release(self) -> ActiveRelease | None:
        return self.market.release

    @property
    def rules(self) -> int:
        """The rules that this journal's session decides by."""
        return self.restrictions.rules

    @property
    def waits(self) -> Waits:
        return waits_by(self.rules)

    @property
    def protection_rules(self) -> ProtectionRules:
        limits = self.limits_in_force
        return limits.protection if limits else ProtectionRules()

    @property
    def held_symbols(self) -> frozenset[str]:
        """Symbols with a position; while the account is halted, with a shadow trade too."""
        held = (position.symbol for position in self.book.positions.values())
        shadow = self.book.capital.shadow
        return frozenset((*held, *(shadow.positions if shadow else ())))

    @property
    def followed_symbols(self) -> frozenset[str]:
        """The release's symbols, and those with a position or an open order."""
        universe = self.release.content.universe if self.release else ()
        on_their_way = (order.symbol for order in self.book.orders.live.values())
        return frozenset((*universe, *self.held_symbols, *on_their_way))
