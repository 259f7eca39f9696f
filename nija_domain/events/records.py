"""Every record that a journal may hold: observed from outside, or derived by the core.

A tag ends in the record's version: a changed meaning gets a new tag, the old one stays readable.
`at_us` is venue time in UTC microseconds.
"""

from decimal import Decimal
from typing import Literal

import msgspec

from nija_domain.events import capital_records as capital
from nija_domain.events import halt_records as halts
from nija_domain.events import session_records as session
from nija_domain.events.event import Event

Side = Literal["buy", "sell"]
Role = Literal["entry", "exit", "stop"]
SignalAction = Literal["enter", "exit"]
OrderEnd = Literal["filled", "canceled", "expired", "lost"]
"""As the venue says it, or `lost`: no look-up found the order."""


# Observed: the session and its release


class SessionStarted(Event, frozen=True, tag="session_started/1"):
    """`speed` is that of the venue's time against ours; older journals do not tell it."""

    mode: str
    venue: str
    version: str
    commit: str
    speed: float | None = None
    rules: int = session.FIRST_RULES


class LimitsRead(Event, frozen=True, tag="limits_read/1"):
    """The hard limits as JSON: a journal replays without the file they came from."""

    content: str


class FundsMoved(Event, frozen=True, tag="funds_moved/1"):
    """A deposit (positive) or a withdrawal (negative)."""

    amount: Decimal
    reason: str


class InstrumentListed(Event, frozen=True, tag="instrument_listed/1"):
    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    lot_size: Decimal
    min_quantity: Decimal
    min_notional: Decimal
    taker_fee_rate: Decimal


class ReleaseActivated(Event, frozen=True, tag="release_activated/1"):
    """The content travels with the event, so that a journal replays without any other file."""

    release_id: str
    fingerprint: str
    content: str


class ReleaseRejected(Event, frozen=True, tag="release_rejected/1"):
    release_id: str
    reason: str


class DirectiveReceived(Event, frozen=True, tag="directive_received/1"):
    """A directive that is in force from now on, as JSON."""

    number: int
    content: str


class DirectiveRejected(Event, frozen=True, tag="directive_rejected/1"):
    number: int
    reason: str


# Observed: the market


class CandleClosed(Event, frozen=True, tag="candle_closed/1"):
    symbol: str
    ts_us: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class BarClosed(Event, frozen=True, tag="bar_closed/1"):
    """All candles of this bar that will count have arrived."""

    ts_us: int


# Observed: what the strategy said


class SignalGiven(Event, frozen=True, tag="signal_given/1"):
    """A strategy's wish: a share of the allowed size and a stop distance."""

    symbol: str
    action: SignalAction
    share: float
    stop_fraction: float
    config_id: str
    reasoning: str


class DecisionDue(Event, frozen=True, tag="decision_due/1"):
    """All signals of this bar have arrived: decide now."""

    ts_us: int


# Observed: what became of orders


class OrderAccepted(Event, frozen=True, tag="order_accepted/1"):
    order_id: str
    venue_id: str


class OrderRefused(Event, frozen=True, tag="order_refused/1"):
    """The venue refused the order; it had no effect."""

    order_id: str
    reason: str


class OrderUnknown(Event, frozen=True, tag="order_unknown/1"):
    """Unknown whether the venue accepted the order; its symbol is frozen until a look-up shows."""

    order_id: str
    reason: str


class OrderFilled(Event, frozen=True, tag="order_filled/1"):
    order_id: str
    trade_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    release_id: str


class OrderClosed(Event, frozen=True, tag="order_closed/1"):
    """The order can no longer fill."""

    order_id: str
    status: OrderEnd


# Derived: what the core decided


class WaterfallStep(msgspec.Struct, frozen=True):
    step: str
    factor: float
    value: float


class OrderIntended(Event, frozen=True, tag="order_intended/1"):
    """Stored before anything is sent. An entry includes the stop that the venue attaches to it."""

    order_id: str
    symbol: str
    side: Side
    role: Role
    quantity: Decimal
    stop_price: Decimal | None
    decision_price: float
    regime: str
    config_id: str
    release_id: str
    reason: str
    waterfall: tuple[WaterfallStep, ...]


class CancelIntended(Event, frozen=True, tag="cancel_intended/1"):
    order_id: str
    reason: str


class EntryRefused(Event, frozen=True, tag="entry_refused/1"):
    symbol: str
    reason: str
    release_id: str


class PresetChosen(Event, frozen=True, tag="preset_chosen/1"):
    """The preset of a symbol until the next draw, and the probability of this draw."""

    symbol: str
    config_id: str
    parameters: dict[str, float]
    propensity: float
    context: tuple[float, ...]
    release_id: str


class PresetRewarded(Event, frozen=True, tag="preset_rewarded/1"):
    """The net return of a trade, for the preset that it was entered with."""

    symbol: str
    config_id: str
    context: tuple[float, ...]
    propensity: float
    reward: float


class RegimeChanged(Event, frozen=True, tag="regime_changed/1"):
    symbol: str
    regime: str
    probability: float


class PositionOpened(Event, frozen=True, tag="position_opened/1"):
    symbol: str
    quantity: Decimal
    price: Decimal
    stop_price: Decimal
    release_id: str


class TradeClosed(Event, frozen=True, tag="trade_closed/1"):
    """A round trip: gross profit, fees, and the regime at its entry."""

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


class EquityMarked(Event, frozen=True, tag="equity_marked/1"):
    equity: Decimal
    cash: Decimal


SymbolHalted = halts.SymbolHalted
HaltTripped = halts.HaltTripped
HaltLifted = halts.HaltLifted

JournalEvent = (
    SessionStarted
    | LimitsRead
    | FundsMoved
    | InstrumentListed
    | ReleaseActivated
    | ReleaseRejected
    | DirectiveReceived
    | DirectiveRejected
    | session.VenueLost
    | session.VenueFound
    | session.EventQuarantined
    | CandleClosed
    | BarClosed
    | SignalGiven
    | DecisionDue
    | OrderAccepted
    | OrderRefused
    | OrderUnknown
    | OrderFilled
    | OrderClosed
    | OrderIntended
    | CancelIntended
    | EntryRefused
    | PresetChosen
    | PresetRewarded
    | RegimeChanged
    | PositionOpened
    | TradeClosed
    | EquityMarked
    | SymbolHalted
    | HaltTripped
    | HaltLifted
    | capital.ApprovalDecided
    | capital.ProtectionChanged
    | capital.MilestoneReached
    | capital.CapitalTuned
    | capital.ShadowEntered
    | capital.ShadowClosed
)

DERIVED = (
    OrderIntended,
    CancelIntended,
    EntryRefused,
    PresetChosen,
    PresetRewarded,
    RegimeChanged,
    PositionOpened,
    TradeClosed,
    EquityMarked,
    SymbolHalted,
    HaltTripped,
    HaltLifted,
    capital.ApprovalDecided,
    capital.ProtectionChanged,
    capital.MilestoneReached,
    capital.CapitalTuned,
    capital.ShadowEntered,
    capital.ShadowClosed,
)
