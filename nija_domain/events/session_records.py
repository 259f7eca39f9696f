"""Under which rules a session decides, and when its venue gave no answer."""

from nija_domain.events.event import Event

FIRST_RULES, LAPSED_WEIGHTS_HOLD = 1, 2
"""The rules that the core decides by; a journal says which, so that an old one replays as it was.

By the first, a lapsed directive bounded nothing any more. By the second, what narrows entries
(universe, allocations, symbol weights) stays in force until a newer one takes its place.
"""

NEWEST_RULES = LAPSED_WEIGHTS_HOLD


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
