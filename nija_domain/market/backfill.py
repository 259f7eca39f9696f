"""How missing history is fetched: in ranges, each from where the venue still tells it."""

from itertools import pairwise
from typing import Literal

import msgspec
import numpy as np

from nija_domain.market.candles import TimeColumn
from nija_domain.market.timeframes import floor_to_bar_us

RangeSource = Literal["candles", "history"]


class Stretch(msgspec.Struct, frozen=True):
    """Whole bars from one open to one close."""

    from_us: int
    until_us: int


class FetchRange(msgspec.Struct, frozen=True):
    """A stretch small enough to be lost and fetched again."""

    stretch: Stretch
    source: RangeSource


def find_missing(
    stored_us: TimeColumn, *, since_us: int, now_us: int, timeframe_us: int
) -> tuple[Stretch, ...]:
    """The closed bars since then that are not stored, the oldest first.

    Those in which nobody traded are missing for ever, and asked for again.
    """
    first_us = -(-since_us // timeframe_us) * timeframe_us
    until_us = floor_to_bar_us(now_us, timeframe_us=timeframe_us)
    inside = stored_us[(stored_us >= first_us) & (stored_us < until_us)]
    opens_us = np.concatenate([[first_us - timeframe_us], inside, [until_us]])
    holes = np.flatnonzero(np.diff(opens_us) > timeframe_us)
    return tuple(
        Stretch(int(opens_us[hole]) + timeframe_us, int(opens_us[hole + 1])) for hole in holes
    )


def plan_ranges(
    stretch: Stretch, *, oldest_served_us: int, timeframe_us: int, range_us: int
) -> tuple[FetchRange, ...]:
    """The newest at once, as candles; what is older in pieces, as the venue still tells it."""
    served_us = min(max(stretch.from_us, oldest_served_us), stretch.until_us)
    step_us = max(timeframe_us, floor_to_bar_us(range_us, timeframe_us=timeframe_us))
    cuts_us = [*range(stretch.from_us, served_us, step_us), served_us]
    ranges = [FetchRange(Stretch(*pair), "history") for pair in pairwise(cuts_us)]
    if served_us < stretch.until_us:
        ranges.append(FetchRange(Stretch(served_us, stretch.until_us), "candles"))
    return tuple(ranges)


def oldest_served_us(*, now_us: int, timeframe_us: int, candles_max: int) -> int:
    """The oldest candle that a venue tells surely.

    The one under way is among its last ones, and two may close before it is asked.
    """
    open_us = floor_to_bar_us(now_us, timeframe_us=timeframe_us)
    return open_us - (candles_max - 3) * timeframe_us
