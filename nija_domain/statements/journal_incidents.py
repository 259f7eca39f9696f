"""Which records of the journal are incidents, and what to do about each."""

from collections.abc import Callable
from typing import Any

from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.events import session_records as ses
from nija_domain.market.timeframes import utc_minute
from nija_domain.statements.incidents import STEP_REMEDY, Incident, halt_text
from nija_domain.trading.account import CASH_ASSET
from nija_domain.trading.due import UNPROTECTED
from nija_domain.trading.reconciling import CENT

ON_TOP = "the first line of `nija status` says how it ends"
VENUE_REMEDY = (
    "wait, Nija keeps asking; if the venue runs on this machine, read logs/venue.log in NIJA_HOME"
)


FAULT_REMEDY = (
    "read logs/executor.log in NIJA_HOME and report it; a restart of the executor lifts the stop of"
    " entries"
)
CANDLE_REMEDY = (
    "nothing, the next candle is judged anew; if it goes on, compare the venue with another source"
)
CANDIDATE_REMEDY = (
    "report it; the live book is not affected, and `nija candidate drop` ends the candidate"
)
EXPLAIN_REMEDY = (
    "compare the venue's ledger with `nija status`; it ends by itself once the balances agree again"
)
LEFT_ALONE = "nothing, it is left alone; cancel it at the venue if you do not know it"
NOT_OURS = "nothing, it is left alone and never sold"
KEEP_APART = "nothing; trade by hand on another account to keep results apart"
ODD_ROW = "nothing, the rest counts; report it if it is an order of Nija's"
ACCOUNT_REMEDY = "compare the account's holdings at the venue with `nija status`"
STOP_REMEDY = "nothing, it is sold; ask the venue why it makes no stop"

Told = tuple[str, str, str]
"""Kind, text and remedy."""


def incident_of(event: ev.JournalEvent) -> Incident | None:
    tell = _INCIDENTS.get(type(event))
    told = tell(event) if tell else None
    if told is None:
        return None
    kind, text, remedy = told
    return Incident(at_us=event.at_us, kind=kind, text=text, remedy=remedy)


def _release_rejected(event: ev.ReleaseRejected) -> Told:
    remedy = "train again, or run the job roll_back; the release before stays in use"
    return "release refused", f"{event.release_id}: {event.reason}", remedy


def _rolled_back(event: ev.ReleaseActivated) -> Told | None:
    if not event.left:
        return None
    text = f"{event.release_id} trades again: {event.reason}"
    remedy = (
        f"find out why; {event.left} is not taken again before the channel names another release"
    )
    return "rolled back", text, remedy


def _candidate_rejected(event: ev.CandidateRejected) -> Told:
    text = f"{event.candidate} points at {event.release_id}: {event.reason}"
    return "candidate refused", text, "add another release: `nija candidate add`"


def _candle_refused(event: ev.CandleRefused) -> Told:
    text = f"the bar of {utc_minute(event.ts_us)}: {event.text} (rule {event.rule})"
    return f"{event.symbol} candle refused", text, CANDLE_REMEDY


def _halt_tripped(event: ev.HaltTripped) -> Told:
    text = f"{event.value:.1%} lost, {event.bound:.1%} allowed"
    return f"halt: {event.limit}", text, ON_TOP


def _protection_changed(event: cap.ProtectionChanged) -> Told | None:
    return ("protection HALT", event.reason, ON_TOP) if event.after == "HALT" else None


def _oversold(event: ev.AssetOversold) -> Told:
    text = f"{event.quantity} more was sold than position {event.position_id} held"
    return f"{event.asset} oversold", text, ACCOUNT_REMEDY


def _written_off(event: ev.DustWrittenOff) -> Told:
    text = f"{event.quantity} {event.asset} of {event.position_id} is too little to sell"
    return "dust", text, "nothing; it stays in the account"


def _coins_moved(event: ev.CoinsMoved) -> Told:
    moved = event.foreign or event.dust
    return f"foreign {event.asset}", f"{moved:+f} {event.asset}: {event.reason}", NOT_OURS


def _sold_by_hand(event: ev.SoldByHand) -> Told:
    text = (
        f"{event.quantity:f} {event.asset} of {event.position_id} left the account without an order"
        f" of Nija's; booked at the last price {event.price:f}"
    )
    return "sold by hand", text, KEEP_APART


def _funds_found(event: ev.FundsFound) -> Told | None:
    if abs(event.amount) < CENT:
        return None
    return "funds moved", f"{event.amount:+f} {CASH_ASSET}: {event.reason}", "nothing; it is booked"


def _unexplained(event: ev.BalanceUnexplained) -> Told:
    text = f"{event.quantity:+f} {event.asset}, and {event.reason}"
    return f"{event.asset} unexplained", text, EXPLAIN_REMEDY


def _exit_begun(event: ev.ExitBegun) -> Told | None:
    if event.reason != UNPROTECTED:
        return None
    return "no stop", f"{event.position_id}: {event.reason}", STOP_REMEDY


_INCIDENTS: dict[type, Callable[[Any], Told | None]] = {
    ev.ReleaseActivated: _rolled_back,
    ev.ReleaseRejected: _release_rejected,
    ev.CandidateRejected: _candidate_rejected,
    ev.CandidateFailed: lambda event: (
        "candidate failed",
        f"{event.candidate}: {event.reason}",
        CANDIDATE_REMEDY,
    ),
    ev.DirectiveRejected: lambda event: (
        "directive refused",
        f"{event.number}: {event.reason}",
        "issue it again",
    ),
    ev.CandleRefused: _candle_refused,
    ev.HaltTripped: _halt_tripped,
    ev.KillOrdered: lambda event: ("kill", event.reason, "`nija disarm`, once you know why"),
    cap.ProtectionChanged: _protection_changed,
    ev.SymbolHalted: lambda event: (f"{event.symbol} halted", halt_text(event), STEP_REMEDY),
    ses.VenueLost: lambda event: ("venue lost", event.reason, VENUE_REMEDY),
    ses.EventQuarantined: lambda event: ("fault", f"{event.kind}: {event.reason}", FAULT_REMEDY),
    ev.AssetOversold: _oversold,
    ev.DustWrittenOff: _written_off,
    ev.CoinsMoved: _coins_moved,
    ev.SoldByHand: _sold_by_hand,
    ev.FundsFound: _funds_found,
    ev.BalanceUnexplained: _unexplained,
    ev.ForeignOrderSeen: lambda event: (
        "foreign order",
        f"{event.venue_id}: {event.text}",
        LEFT_ALONE,
    ),
    ev.AnswerUnreadable: lambda event: (
        f"odd {event.what}",
        f"{event.venue_id} cannot be read ({event.reason})",
        ODD_ROW,
    ),
    ev.ExitBegun: _exit_begun,
}
