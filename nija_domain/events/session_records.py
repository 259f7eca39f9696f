"""A session, what it decides by, and when its venue gave no answer."""

from nija_domain.events.event import Event

FIRST_RULES, LAPSED_WEIGHTS_HOLD, AGENTS_IN_CORE, BARS_DIGESTED, AUTHORITIES = 1, 2, 3, 4, 5
SWIFT_COVER = 6
"""The rules that the core decides by; a journal says which, so that an old one replays as it was.

By the first, a lapsed directive bounded nothing any more. By the second, what narrows entries
(universe, allocations, symbol weights) stays in force until a newer one takes its place. By the
third, shipped strategies run inside the core, and deadlines are counted in venue seconds. By the
fourth, each bar's features and filters are recorded as digests. By the fifth, each authority's
restriction stands for itself, and looser limits count only once a person has approved them. By the
sixth, a stop is replaced and a position left a little sooner, and a difference of the balances is
an order given up only where it looks like one.
"""

NEWEST_RULES = SWIFT_COVER


class SessionStarted(Event, frozen=True, tag="session_started/1"):
    """`speed` is that of the venue's time against ours; older journals do not tell it."""

    mode: str
    venue: str
    version: str
    commit: str
    speed: float | None = None
    rules: int = FIRST_RULES


class LimitsRead(Event, frozen=True, tag="limits_read/1"):
    """The hard limits as JSON: a journal replays without the file they came from."""

    content: str


class ReleaseActivated(Event, frozen=True, tag="release_activated/1", omit_defaults=True):
    """The content travels with the event, so that a journal replays without any other file.

    A roll-back names the release that it `left`, and why.
    """

    release_id: str
    fingerprint: str
    content: str
    left: str = ""
    reason: str = ""


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


class VenueLost(Event, frozen=True, tag="venue_lost/1"):
    """Several turns in a row had no answer; `at_us` is the executor's own count of venue time."""

    reason: str


class VenueFound(Event, frozen=True, tag="venue_found/1"):
    """A turn got all its answers again."""


class EventQuarantined(Event, frozen=True, tag="event_quarantined/1"):
    """The program failed at an event of this kind, or in this part of a turn, and went on without.

    It is a fault of the program: nobody foresaw the error in `reason`.
    """

    kind: str
    reason: str
