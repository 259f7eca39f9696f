"""The ways back from trouble, and how a journal shows that one was taken."""

from collections import Counter
from collections.abc import Callable, Iterable

from nija_domain.events import records as ev
from nija_domain.events.session_records import EventQuarantined, VenueFound, VenueLost
from nija_domain.trading.due import UNPROTECTED

Sign = Callable[[ev.JournalEvent], bool]

_KINDS: dict[str, type] = {
    "an order became unknown": ev.OrderUnknown,
    "a look-up found nothing": ev.OrderNotFound,
    "a sale was tried again": ev.ExitDelayed,
    "dust was written off": ev.DustWrittenOff,
    "a sale by hand was booked": ev.SoldByHand,
    "coins were found to be foreign": ev.CoinsMoved,
    "cash came or went": ev.FundsFound,
    "a balance stayed unexplained": ev.BalanceUnexplained,
    "a balance was explained": ev.BalanceExplained,
    "a foreign order was told": ev.ForeignOrderSeen,
    "an answer could not be read": ev.AnswerUnreadable,
    "a candle was refused": ev.CandleRefused,
    "the venue was lost": VenueLost,
    "the venue was found": VenueFound,
    "trading was killed": ev.KillOrdered,
    "a kill was disarmed": ev.KillLifted,
}
_SIGNS: dict[str, Sign] = {
    "a missing stop was placed": lambda e: isinstance(e, ev.OrderIntended) and e.role == "stop",
    "a position without a stop was sold": (
        lambda e: isinstance(e, ev.ExitBegun) and e.reason == UNPROTECTED
    ),
    "a sale asked for what was free": (
        lambda e: isinstance(e, ev.ExitDelayed) and e.reason.startswith("the venue has")
    ),
    "a sale was refused for funds": lambda e: isinstance(e, ev.OrderRefused) and e.cause == "funds",
    "new steps were learnt": lambda e: isinstance(e, ev.OrderRefused) and e.cause == "steps",
    "the clock was set after a late order": (
        lambda e: isinstance(e, ev.OrderRefused) and "Deadline elapsed" in e.reason
    ),
    "an order was given up": lambda e: isinstance(e, ev.OrderEnded) and e.status == "lost",
    "an intent of a dead process was doubted": (
        lambda e: isinstance(e, ev.OrderUnknown) and e.reason.startswith("the executor stopped")
    ),
    "an entry waited for fresh data": (
        lambda e: isinstance(e, ev.EntryRefused) and e.limit == "max_data_age_bars"
    ),
}
_OTHERS = (
    "an unknown order was found",
    "a session began again",
    "a release was swapped",
    "a start used a snapshot",
    "an altered journal was refused",
)
BRANCHES = (*_KINDS, *_SIGNS, *_OTHERS)


def branches_taken(events: Iterable[ev.JournalEvent]) -> Counter[str]:
    """How often each was taken, as far as the journal tells."""
    taken: Counter[str] = Counter()
    names = {kind: name for name, kind in _KINDS.items()}
    doubted: set[str] = set()
    sessions = releases = 0
    for event in events:
        if (name := names.get(type(event))) is not None:
            taken[name] += 1
        taken.update(name for name, sign in _SIGNS.items() if sign(event))
        match event:
            case ev.OrderUnknown():
                doubted.add(event.order_id)
            case ev.OrderSeen() if event.order_id in doubted:
                doubted.discard(event.order_id)
                taken["an unknown order was found"] += 1
            case ev.SessionStarted():
                sessions += 1
            case ev.ReleaseActivated():
                releases += 1
    taken["a session began again"] += max(0, sessions - 1)
    taken["a release was swapped"] += max(0, releases - 1)
    return +taken


def failures_told(events: Iterable[ev.JournalEvent]) -> list[str]:
    """What the program failed at in a way that nobody foresaw."""
    found = (event for event in events if isinstance(event, EventQuarantined))
    return [f"{event.kind}: {event.reason}" for event in found]
