"""What moves or marks the money of the account."""

from decimal import Decimal

from nija_domain.events.event import Event


class FundsMoved(Event, frozen=True, tag="funds_moved/1"):
    """A deposit (positive) or a withdrawal (negative)."""

    amount: Decimal
    reason: str


class EquityMarked(Event, frozen=True, tag="equity_marked/1"):
    """Derived: the worth of the account at the close of a bar."""

    equity: Decimal
    cash: Decimal
