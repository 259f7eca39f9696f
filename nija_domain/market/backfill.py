"""How a stretch of history is fetched: in ranges, each from where the venue still tells it."""

from itertools import pairwise
from typing import Literal

import msgspec

from nija_domain.market.timeframes import floor_to_bar_us

RangeSource = Literal["candles", "trades"]


class FetchRange(msgspec.Struct, frozen=True):
    """Whole bars from one open to one close, small enough to be lost and fetched again."""

    from_us: int
    until_us: int
    source: RangeSource


def plan_ranges(
    *, since_us: int, now_us: int, timeframe_us: int, candles_max: int, range_us: int
) -> tuple[FetchRange, ...]:
    """All closed bars since then, oldest first: from trades where candles are told no more.

    A venue tells its last `candles_max` candles, the one under way among them; two are left for
    the time that passes until it is asked.
    """
    until_us = floor_to_bar_us(now_us, timeframe_us=timeframe_us)
    start_us = -(-since_us // timeframe_us) * timeframe_us
    told_us = max(start_us, until_us - (candles_max - 3) * timeframe_us)
    step_us = max(timeframe_us, floor_to_bar_us(range_us, timeframe_us=timeframe_us))
    cuts_us = [*range(start_us, told_us, step_us), told_us]
    ranges = [FetchRange(from_us, to_us, "trades") for from_us, to_us in pairwise(cuts_us)]
    if told_us < until_us:
        ranges.append(FetchRange(told_us, until_us, "candles"))
    return tuple(ranges)
