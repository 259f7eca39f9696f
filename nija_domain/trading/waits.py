"""How long the core waits, in seconds of the venue."""

from nija_domain.market.timeframes import HOUR_US, MINUTE_US, SECOND_US

FIRST_LOOK_US = SECOND_US
LOOK_PAUSE_US_MAX = 10 * SECOND_US
"""An unknown order is looked up after a second, then after pauses that double up to this."""

DEADLINE_US = 10 * SECOND_US
"""After it the venue takes an order no more (Kraken: 2 to 60 s)."""

LOOK_UP_LAG_US = 60 * SECOND_US
"""As long as a venue may not yet show what it has taken."""

CANCEL_PAUSE_US = 5 * SECOND_US
"""A cancel whose order lives on is sent again."""

STOP_AFTER_US = 5 * SECOND_US
FLATTEN_AFTER_US = 10 * SECOND_US
"""Without a stop for so long, a position gets one of our own; then it is sold."""

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

LOST_DOUBT_US = 5 * MINUTE_US
"""How long a difference of the balances may be an order that was given up as lost."""

LOST_WATCH_US = HOUR_US
"""How long an order that was given up as lost is still looked for."""


def look_pause_us(tries: int) -> int:
    return min(FIRST_LOOK_US << min(tries, 16), LOOK_PAUSE_US_MAX)


def exit_pause_us(tries: int) -> int:
    return min(FIRST_EXIT_PAUSE_US << min(max(tries - 1, 0), 16), EXIT_PAUSE_US_MAX)
