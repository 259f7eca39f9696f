"""Candles that come otherwise than they are stored: a source's second word, or another market."""

import numpy as np
from msgspec.structs import replace

from nija_domain.market.candles import Bar, CandleHistory, FloatColumn
from nija_domain.market.quality.examination import Examination, refused
from nija_domain.market.quality.rules import Problem

COMPARED_BARS = 20
"""A source may correct a handful of bars; under so many, most of them tell nothing."""

RESTATED_SHARE = 0.5
"""A source corrects single bars, another market tells nearly every one otherwise."""

DECIMALS_MAX = 12


def compare_stored(
    found: Examination, stored: CandleHistory, *, restating: bool = False
) -> Examination:
    """The verdict, knowing what is stored of this symbol and timeframe from the same time on.

    What looks like another market is refused, unless that is what is wanted.
    """
    fresh = found.clean
    _, ours, theirs = np.intersect1d(
        fresh.ts_us, stored.ts_us, assume_unique=True, return_indices=True
    )
    differs = np.zeros(len(ours), dtype=np.bool_)
    for name in Bar._fields:
        differs |= getattr(fresh, name)[ours] != getattr(stored, name)[theirs]
    if not differs.any():
        return found
    first = int(np.argmax(differs))
    text = (
        f"{differs.sum()} of {len(ours)} closed candles differ from those in the lake,"
        f" the first with the close {fresh.close[ours[first]]}"
        f" instead of {stored.close[theirs[first]]}"
    )
    restated = Problem(None, int(fresh.ts_us[ours[first]]), "restated", text)
    found = replace(found, problems=(restated, *found.problems))
    moved = _count_moved(fresh.close[ours], stored.close[theirs])
    if restating or len(ours) < COMPARED_BARS or moved <= RESTATED_SHARE * len(ours):
        return found
    text = f"{moved} of {len(ours)} bars in the lake close at another price; it looks like another"
    return refused(found, Problem(None, None, "market", f"{text} market or another source"))


def _count_moved(fresh: FloatColumn, stored: FloatColumn) -> int:
    """Closes that differ by more than rounding to the coarser of both grids does."""
    tick = max(_tick_of(fresh), _tick_of(stored))
    return int((np.abs(fresh - stored) > tick * 1.000_001).sum())


def _tick_of(prices: FloatColumn) -> float:
    """The last decimal that any of them uses; none where they are on no grid of decimals."""
    for decimals in range(DECIMALS_MAX):
        if np.array_equal(np.round(prices, decimals), prices):
            return float(10.0**-decimals)
    return 0.0
