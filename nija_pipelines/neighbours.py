"""An answer judged beside its stored neighbours: a leap is told from a spike by the bars around."""

from collections.abc import Callable

import numpy as np
from msgspec.structs import replace

from nija_domain.market.candles import (
    Candle,
    CandleHistory,
    TimeColumn,
    history_of,
    in_time_order,
    joined,
)
from nija_domain.market.quality.delivery import Delivery, deliver
from nija_domain.market.quality.examination import Examination, examine_history
from nija_domain.market.quality.prices import SCALE_BARS
from nija_domain.market.quality.rules import Problem
from nija_domain.market.quality.sheet import sheet_of

ReadSince = Callable[[int], CandleHistory]


def judge_page(
    page: CandleHistory, read_since: ReadSince, *, until_us: int, timeframe_us: int, now_us: int
) -> tuple[Delivery, Examination]:
    """The contract's verdict over a page, and over its spikes as the stored bars show them.

    Rows from `until_us` on are neighbours alone. The newest bar waits for the next one if it would
    be a spike should the price return.
    """
    found = examine_history(page, timeframe_us=timeframe_us, now_us=now_us)
    if not len(found.clean):
        return deliver(found, sheet_of(page)), found
    stored = read_since(int(found.clean.ts_us[0]) - SCALE_BARS * timeframe_us)
    others = _others(stored, page, last_us=int(found.clean.ts_us[-1]) + timeframe_us)
    beside = _whole_blocks(in_time_order(joined(others, found.clean)))
    seen = examine_history(beside, timeframe_us=timeframe_us, now_us=now_us)
    spikes = [problem for problem in seen.problems if problem.rule == "spike"]
    doubted_us = [p.ts_us for p in spikes if p.ts_us is not None]
    if _awaits_next(seen.clean, timeframe_us=timeframe_us, now_us=now_us):
        doubted_us.append(int(seen.clean.ts_us[-1]))
    ts_us, given = found.clean.ts_us, sheet_of(joined(page, others))
    kept = found.clean.at(~np.isin(ts_us, doubted_us) & (ts_us < until_us))
    problems = (*found.problems, *_numbered(spikes, given.ts))
    return deliver(replace(found, clean=kept, problems=problems), given), found


def _others(stored: CandleHistory, page: CandleHistory, *, last_us: int) -> CandleHistory:
    """The stored bars that the page does not tell, up to the one after it."""
    return stored.at(~np.isin(stored.ts_us, page.ts_us) & (stored.ts_us <= last_us))


def _whole_blocks(history: CandleHistory) -> CandleHistory:
    """Cut at the front, as leaps are measured by blocks: a last one of few bars has no scale."""
    surplus = len(history) % SCALE_BARS if len(history) > SCALE_BARS else 0
    return history.between(surplus, len(history))


def _awaits_next(bars: CandleHistory, *, timeframe_us: int, now_us: int) -> bool:
    """Only while the next bar has not closed: over a gap prices may move."""
    if len(bars) < 2 or int(bars.ts_us[-1]) + 2 * timeframe_us <= now_us:  # noqa: PLR2004
        return False
    newest_us, close = int(bars.ts_us[-1]), float(bars.close[-2])
    back = Candle(bars.symbol, newest_us + timeframe_us, close, close, close, close, 0.0)
    found = examine_history(
        joined(bars, history_of(bars.symbol, [back])),
        timeframe_us=timeframe_us,
        now_us=newest_us + 2 * timeframe_us,
    )
    return any(p.rule == "spike" and p.ts_us == newest_us for p in found.problems)


def _numbered(problems: list[Problem], ts_us: TimeColumn) -> list[Problem]:
    """By the row of their time."""
    row_of = {int(at_us): row for row, at_us in enumerate(ts_us)}
    return [replace(p, row=None if p.ts_us is None else row_of.get(p.ts_us)) for p in problems]
