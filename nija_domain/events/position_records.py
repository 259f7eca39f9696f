"""Derived: what becomes of positions."""

from decimal import Decimal

from nija_domain.events.event import Event, Name


class PositionOpened(Event, frozen=True, tag="position_opened/2"):
    position_id: Name
    symbol: str
    quantity: Decimal
    price: Decimal
    stop_price: Decimal
    release_id: str


class ExitBegun(Event, frozen=True, tag="exit_begun/1"):
    """The position is left from now on, however often the sale must be tried."""

    position_id: Name
    symbol: str
    reason: str


class ExitDelayed(Event, frozen=True, tag="exit_delayed/1"):
    """A sale ended with something left: its stop goes back, and it is tried again after a pause."""

    position_id: Name
    symbol: str
    tries: int
    reason: str


class DustWrittenOff(Event, frozen=True, tag="dust_written_off/1"):
    """What is left is too little to be sold: it stays in the account, and its slot is free."""

    position_id: Name
    symbol: str
    asset: str
    quantity: Decimal


class AssetOversold(Event, frozen=True, tag="asset_oversold/1"):
    """More was sold than the position held: what is missing belonged to something else."""

    position_id: Name
    symbol: str
    asset: str
    quantity: Decimal


class ClosedTrade(Event, frozen=True):
    """A round trip: gross profit, fees, the regime at its entry, and the reason of its end.

    `mae` and `mfe` are the worst and the best that the price did meanwhile, as fractions of the
    entry price.
    """

    position_id: Name
    symbol: str
    opened_us: int
    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal
    gross: Decimal
    fees: Decimal
    regime: str
    config_id: str
    release_id: str
    reason: str
    mae: float | None = None
    mfe: float | None = None


class TradeClosed(ClosedTrade, frozen=True, tag="trade_closed/2"):
    """A round trip of the live book."""
