"""Whether a stored history may be learned from: whole enough, moving, and of now.

Its rows have passed the contract; here the history is judged as one. A hole or a still day long
ago is no reason to stop, a history that is mostly holes is.
"""

from collections.abc import Iterator

import msgspec

from nija_domain.market.candles import CandleHistory
from nija_domain.market.quality.prices import still_stretches
from nija_domain.market.timeframes import DAY_US


class FitnessRules(msgspec.Struct, frozen=True, kw_only=True):
    """`absent_share_max` is of all bars from the first to the last: missing, or in a still day."""

    absent_share_max: float = 0.10
    stale_us_max: int = DAY_US
    still_us_max: int = DAY_US


def find_unfit(
    history: CandleHistory, *, timeframe_us: int, now_us: int, rules: FitnessRules
) -> tuple[str, ...]:
    """Why a training must not read these candles, each reason with its remedy; none if it may."""
    return tuple(_reasons(history, timeframe_us, now_us, rules))


def _reasons(
    history: CandleHistory, timeframe_us: int, now_us: int, rules: FitnessRules
) -> Iterator[str]:
    name = history.symbol
    if not len(history):
        yield f"{name} has no candles; ingest them, or remove it from symbols"
        return
    age_us = now_us - int(history.ts_us[-1]) - timeframe_us
    if age_us > rules.stale_us_max:
        yield (
            f"{name}: the last bar closed {age_us / DAY_US:.1f} d before now; ingest the"
            " newest, or remove it from symbols"
        )
    stretches = still_stretches(history.high, history.low, history.close)
    if stretches and stretches[-1][1] == len(history) - 1:
        start, stop = stretches[-1]
        if (stop - start) * timeframe_us >= rules.still_us_max:
            yield f"{name}: the price has not moved for {stop - start} bars; use another source"
    expected = int(history.ts_us[-1] - history.ts_us[0]) // timeframe_us + 1
    absent = expected - len(history) + sum(stop - start for start, stop in stretches)
    if absent > rules.absent_share_max * expected:
        yield (
            f"{name}: {absent} of {expected} bars are missing or in a stretch without movement,"
            f" more than {rules.absent_share_max:.0%}; back-fill them, or raise"
            " candles_absent_share_max"
        )
