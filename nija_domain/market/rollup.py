"""Longer bars out of shorter ones."""

import numpy as np

from nija_domain.market.candles import CandleHistory


def roll_up(history: CandleHistory, *, timeframe_us: int) -> CandleHistory:
    """One bar for each stretch in which the history holds any, named by that stretch's open."""
    opens_us = history.ts_us - history.ts_us % timeframe_us
    starts = np.flatnonzero(np.diff(opens_us, prepend=-1))
    if not len(starts):
        return history
    ends = np.append(starts[1:], len(opens_us)) - 1
    return CandleHistory(
        symbol=history.symbol,
        ts_us=opens_us[starts],
        open=history.open[starts],
        high=np.maximum.reduceat(history.high, starts),
        low=np.minimum.reduceat(history.low, starts),
        close=history.close[ends],
        volume=np.add.reduceat(history.volume, starts),
    )
