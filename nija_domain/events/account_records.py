"""What moves or marks the money of the account, and what the venue says that it holds."""

from decimal import Decimal
from typing import Literal

from nija_domain.events.event import Event, Name


class FundsMoved(Event, frozen=True, tag="funds_moved/1"):
    """A deposit (positive) or a withdrawal (negative)."""

    amount: Decimal
    reason: str


class FundsFound(FundsMoved, frozen=True, tag="funds_found/1"):
    """Derived: a deposit or a withdrawal that the balances show."""


class EquityMarked(Event, frozen=True, tag="equity_marked/1"):
    """Derived: the worth of the account at the close of a bar."""

    equity: Decimal
    cash: Decimal


class BalancesSeen(Event, frozen=True, tag="balances_seen/1"):
    """The whole account as the venue has it: an asset that is not named is not held.

    `moves` is how much had moved when it was asked for: if anything moved since, the look says
    nothing. The amounts of `unread` assets could not be read. `held` is what open orders keep of an
    asset, whoever placed them.
    """

    totals: dict[str, Decimal]
    moves: int
    unread: tuple[str, ...] = ()
    held: dict[str, Decimal] = {}  # noqa: RUF012 - a struct copies its defaults


class CoinsMoved(Event, frozen=True, tag="coins_moved/1"):
    """Derived: coins that are not ours came or went, or dust of ours went, by so much."""

    asset: str
    foreign: Decimal
    dust: Decimal
    reason: str


class SoldByHand(Event, frozen=True, tag="sold_by_hand/1"):
    """Derived: coins of a position are gone without an order of ours, booked at the last mark."""

    position_id: Name
    symbol: str
    asset: str
    quantity: Decimal
    price: Decimal


class BalanceUnexplained(Event, frozen=True, tag="balance_unexplained/1"):
    """Derived: so much is missing or too much, and nothing explains it: no entries."""

    asset: str
    quantity: Decimal
    reason: str


class BalanceExplained(Event, frozen=True, tag="balance_explained/1"):
    """Derived: a later look explains the asset."""

    asset: str


class ForeignOrderSeen(Event, frozen=True, tag="foreign_order_seen/1"):
    """An order that is not ours rests in the account; it is told once and left alone."""

    venue_id: str
    symbol: str
    text: str


class AnswerUnreadable(Event, frozen=True, tag="answer_unreadable/1"):
    """One row of an answer cannot be read; it is told once, and the other rows count."""

    what: Literal["order", "fill", "balance"]
    venue_id: str
    reason: str
