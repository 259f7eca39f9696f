"""How long the core waits, in seconds of the venue."""

from typing import NamedTuple

from nija_domain.events.session_records import SWIFT_COVER
from nija_domain.market.timeframes import HOUR_US, MINUTE_US, SECOND_US

FIRST_LOOK_US = SECOND_US
"""An unknown order is looked up after a second, then after pauses that double."""

DEADLINE_US = 10 * SECOND_US
"""After it the venue takes an order no more (Kraken: 2 to 60 s)."""

LOOK_UP_LAG_US = 60 * SECOND_US
"""As long as a venue may not yet show what it has taken."""

CANCEL_PAUSE_US = 5 * SECOND_US
"""A cancel whose order lives on is sent again."""

STOPS_MAX = 5
"""Stops that we place for one position before it is sold instead."""

FIRST_EXIT_PAUSE_US = 2 * SECOND_US
EXIT_PAUSE_US_MAX = 60 * SECOND_US
KILL_PAUSE_US = 4 * SECOND_US
"""After a kill, a sale that failed is tried again at least so often."""


BALANCES_APART_US = 5 * SECOND_US
"""A difference of the balances counts once two looks so far apart have shown it."""

BALANCE_LAG_US = LOOK_UP_LAG_US
"""As long after a fill the balances may not know it yet."""

LOST_WATCH_US = HOUR_US
"""How long an order that was given up as lost is still looked for."""


class Waits(NamedTuple):
    """Those that newer rules have changed.

    Without a stop for so long, a position gets one of our own, and then it is sold: early enough
    that the venue has the order ten seconds after the stop's end. Pauses between two look-ups
    double up to a longest. So long after it a lost order may be what the balances differ by.
    """

    stop_after_us: int
    flatten_after_us: int
    look_pause_us_max: int
    lost_doubt_us: int

    def look_pause_us(self, tries: int) -> int:
        return min(FIRST_LOOK_US << min(tries, 16), self.look_pause_us_max)


_FIRST = Waits(5 * SECOND_US, 10 * SECOND_US, 10 * SECOND_US, LOST_WATCH_US)
_SWIFT = Waits(4 * SECOND_US, 8 * SECOND_US, 4 * SECOND_US, 5 * MINUTE_US)


def waits_by(rules: int) -> Waits:
    """How long a session by these rules waits."""
    return _SWIFT if rules >= SWIFT_COVER else _FIRST


def exit_pause_us(tries: int) -> int:
    return min(FIRST_EXIT_PAUSE_US << min(max(tries - 1, 0), 16), EXIT_PAUSE_US_MAX)
