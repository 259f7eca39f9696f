"""Every record that a journal may hold, in its newest version.

A tag ends in the record's version: a changed meaning gets a new tag, and `version_1` reads the old
one. `at_us` is venue time in UTC microseconds. Observed records come from outside; derived ones the
core makes itself, and a replay makes them again.
"""

from typing import get_args

from nija_domain.events import account_records as account
from nija_domain.events import candidate_records as candidates
from nija_domain.events import capital_records as capital
from nija_domain.events import halt_records as halts
from nija_domain.events import market_records as market
from nija_domain.events import order_records as orders
from nija_domain.events import position_records as positions
from nija_domain.events import session_records as session
from nija_domain.events import signal_records as signals

SessionStarted = session.SessionStarted
LimitsRead = session.LimitsRead
ReleaseActivated = session.ReleaseActivated
ReleaseRejected = session.ReleaseRejected
DirectiveReceived = session.DirectiveReceived
DirectiveRejected = session.DirectiveRejected

FundsMoved = account.FundsMoved
FundsFound = account.FundsFound
EquityMarked = account.EquityMarked
BalancesSeen = account.BalancesSeen
CoinsMoved = account.CoinsMoved
SoldByHand = account.SoldByHand
BalanceUnexplained = account.BalanceUnexplained
BalanceExplained = account.BalanceExplained
ForeignOrderSeen = account.ForeignOrderSeen
AnswerUnreadable = account.AnswerUnreadable

InstrumentListed = market.InstrumentListed
CandleClosed = market.CandleClosed
CandleRefused = market.CandleRefused
BarClosed = market.BarClosed
Digest = market.Digest
BarDigested = market.BarDigested
DecisionDue = market.DecisionDue
TimePassed = market.TimePassed
RegimeChanged = market.RegimeChanged

CandidateActivated = candidates.CandidateActivated
CandidateWarmed = candidates.CandidateWarmed
CandidateRejected = candidates.CandidateRejected
CandidateDropped = candidates.CandidateDropped
CandidatesDue = candidates.CandidatesDue
CandidateTradeClosed = candidates.CandidateTradeClosed
CandidateMarked = candidates.CandidateMarked
CandidateFailed = candidates.CandidateFailed

Signal = signals.Signal
SignalGiven = signals.SignalGiven
SignalAnswered = signals.SignalAnswered
EntryRefused = signals.EntryRefused
PresetChosen = signals.PresetChosen
PresetRewarded = signals.PresetRewarded

Side = orders.Side
Role = orders.Role
WaterfallStep = orders.WaterfallStep
OrderIntended = orders.OrderIntended
CancelIntended = orders.CancelIntended
OrderAccepted = orders.OrderAccepted
OrderRefused = orders.OrderRefused
OrderUnknown = orders.OrderUnknown
OrderSeen = orders.OrderSeen
OrderNotFound = orders.OrderNotFound
OrderFilled = orders.OrderFilled
OrderEnded = orders.OrderEnded
OrderClosed = orders.OrderClosed

ReportedStatus = orders.ReportedStatus
OrderEnd = orders.OrderEnd
PositionOpened = positions.PositionOpened
ExitBegun = positions.ExitBegun
ExitDelayed = positions.ExitDelayed
DustWrittenOff = positions.DustWrittenOff
AssetOversold = positions.AssetOversold
TradeClosed = positions.TradeClosed

SymbolHalted = halts.SymbolHalted
KillOrdered = halts.KillOrdered
KillLifted = halts.KillLifted
HaltTripped = halts.HaltTripped
HaltLifted = halts.HaltLifted

Observed = (
    SessionStarted
    | LimitsRead
    | FundsMoved
    | InstrumentListed
    | ReleaseActivated
    | ReleaseRejected
    | DirectiveReceived
    | DirectiveRejected
    | KillOrdered
    | KillLifted
    | session.VenueLost
    | session.VenueFound
    | session.EventQuarantined
    | CandleClosed
    | CandleRefused
    | BarClosed
    | SignalAnswered
    | DecisionDue
    | TimePassed
    | OrderAccepted
    | OrderRefused
    | OrderUnknown
    | OrderSeen
    | OrderNotFound
    | OrderFilled
    | OrderClosed
    | BalancesSeen
    | ForeignOrderSeen
    | AnswerUnreadable
    | CandidateActivated
    | CandidateWarmed
    | CandidateRejected
    | CandidateDropped
    | CandidatesDue
)

Derived = (
    BarDigested
    | SignalGiven
    | OrderIntended
    | CancelIntended
    | OrderEnded
    | ExitBegun
    | ExitDelayed
    | DustWrittenOff
    | AssetOversold
    | CoinsMoved
    | SoldByHand
    | FundsFound
    | BalanceUnexplained
    | BalanceExplained
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
    | CandidateTradeClosed
    | CandidateMarked
    | CandidateFailed
)

JournalEvent = Observed | Derived
DERIVED: tuple[type, ...] = get_args(Derived)
