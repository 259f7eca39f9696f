"""Observed of the market: instruments, candles, and the closing of bars."""

from decimal import Decimal

import msgspec

from nija_domain.events.event import Event


class InstrumentListed(Event, frozen=True, tag="instrument_listed/1"):
    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    lot_size: Decimal
    min_quantity: Decimal
    min_notional: Decimal
    taker_fee_rate: Decimal


class CandleClosed(Event, frozen=True, tag="candle_closed/1"):
    symbol: str
    ts_us: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class CandleRefused(Event, frozen=True, tag="candle_refused/1"):
    """The venue's candle breaks a rule of the contract: it changes nothing."""

    symbol: str
    ts_us: int
    rule: str
    text: str


class BarClosed(Event, frozen=True, tag="bar_closed/1"):
    """All candles of this bar that will count have arrived."""

    ts_us: int


class Digest(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Two short hashes over the bits of numbers, and how many of the features still warm up."""

    features: str
    filters: str
    warming: int = 0


class BarDigested(Event, frozen=True, tag="bar_digested/1"):
    """Derived: what the symbols with a candle of this bar look like, and the whole market.

    Two sessions that saw the same candles have the same digests; where they first differ, the
    numbers that all later decisions rest on differ.
    """

    ts_us: int
    symbols: dict[str, Digest]
    market: Digest | None = None


class TimePassed(Event, frozen=True, tag="time_passed/1"):
    """The venue's clock has come to where something is due."""


class DecisionDue(Event, frozen=True, tag="decision_due/1"):
    """All signals of this bar have arrived: decide now.

    `venue_us` is the venue's clock, read anew; older journals and back-tests do not tell it.
    """

    ts_us: int
    venue_us: int | None = None


class RegimeChanged(Event, frozen=True, tag="regime_changed/1"):
    """Derived: a symbol is in another regime."""

    symbol: str
    regime: str
    probability: float
