"""An answer or a file judged beside what is stored: around it, and in other lengths of bar."""

from collections.abc import Callable, Mapping

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
from nija_domain.market.quality.examination import Examination, examine_history, refused
from nija_domain.market.quality.prices import SCALE_BARS
from nija_domain.market.quality.rules import Problem
from nija_domain.market.quality.sheet import sheet_of
from nija_domain.market.quality.stamps import Occasion
from nija_domain.market.quality.steps import find_steps, is_confirmed, step_problem
from nija_domain.market.timeframes import format_timeframe

ReadSince = Callable[[int], CandleHistory]

COMPARED_MOMENTS = 5
"""Prices of another market are far off: a handful of moments tells."""

APART_MIN = 0.03
"""Sources of one market close within a few per mille of each other."""

APART_SHARE = 0.5


def judge_page(
    page: CandleHistory, read_since: ReadSince, *, until_us: int, occasion: Occasion
) -> tuple[Delivery, Examination]:
    """The contract's verdict over a page, and over its spikes as the stored bars show them.

    Rows from `until_us` on are neighbours alone. The newest bar waits for the next one if it would
    be a spike should the price return.
    """
    found = _examined(page, occasion)
    if _steps_at_newest(found, page, occasion):
        return judge_page(_without_newest(page), read_since, until_us=until_us, occasion=occasion)
    if not len(found.clean):
        return deliver(found, sheet_of(page)), found
    frame_us = occasion.timeframe_us
    stored = read_since(int(found.clean.ts_us[0]) - SCALE_BARS * frame_us)
    others = _others(stored, page, last_us=int(found.clean.ts_us[-1]) + frame_us)
    beside = _whole_blocks(in_time_order(joined(others, found.clean)))
    seen = _examined(beside, occasion)
    if _steps_at_newest(seen, page, occasion):
        return judge_page(_without_newest(page), read_since, until_us=until_us, occasion=occasion)
    steps = [problem for problem in seen.problems if problem.rule == "step"]
    if steps:
        found = refused(found, steps[0])
        return deliver(found, sheet_of(page)), found
    spikes = [problem for problem in seen.problems if problem.rule == "spike"]
    doubted_us = [p.ts_us for p in spikes if p.ts_us is not None]
    if _awaits_next(seen.clean, occasion):
        doubted_us.append(int(seen.clean.ts_us[-1]))
    ts_us, given = found.clean.ts_us, sheet_of(joined(page, others))
    kept = found.clean.at(~np.isin(ts_us, doubted_us) & (ts_us < until_us))
    problems = (*found.problems, *_numbered(spikes, given.ts))
    return deliver(replace(found, clean=kept, problems=problems), given), found


def _examined(history: CandleHistory, occasion: Occasion) -> Examination:
    return examine_history(
        history,
        timeframe_us=occasion.timeframe_us,
        now_us=occasion.now_us or 0,
        confirmed_us=occasion.confirmed_us,
    )


def _steps_at_newest(found: Examination, page: CandleHistory, occasion: Occasion) -> bool:
    """Whether the newest bar alone steps, and the one that tells a spike from a step is to come."""
    steps = {problem.ts_us for problem in found.problems if problem.rule == "step"}
    newest_us = int(page.ts_us.max()) if len(page) else 0
    is_next_closed = newest_us + 2 * occasion.timeframe_us <= (occasion.now_us or 0)
    return steps == {newest_us} and not is_next_closed


def _without_newest(page: CandleHistory) -> CandleHistory:
    return page.at(page.ts_us < page.ts_us.max())


def _others(stored: CandleHistory, page: CandleHistory, *, last_us: int) -> CandleHistory:
    """The stored bars that the page does not tell, up to the one after it."""
    return stored.at(~np.isin(stored.ts_us, page.ts_us) & (stored.ts_us <= last_us))


def _whole_blocks(history: CandleHistory) -> CandleHistory:
    """Cut at the front, as leaps are measured by blocks: a last one of few bars has no scale."""
    surplus = len(history) % SCALE_BARS if len(history) > SCALE_BARS else 0
    return history.between(surplus, len(history))


def _awaits_next(bars: CandleHistory, occasion: Occasion) -> bool:
    """Only while the next bar has not closed: over a gap prices may move."""
    frame_us = occasion.timeframe_us
    if len(bars) < 2 or int(bars.ts_us[-1]) + 2 * frame_us <= (occasion.now_us or 0):  # noqa: PLR2004
        return False
    newest_us, close = int(bars.ts_us[-1]), float(bars.close[-2])
    back = Candle(bars.symbol, newest_us + frame_us, close, close, close, close, 0.0)
    later = replace(occasion, now_us=newest_us + 2 * frame_us)
    found = _examined(joined(bars, history_of(bars.symbol, [back])), later)
    return any(p.rule == "spike" and p.ts_us == newest_us for p in found.problems)


def _numbered(problems: list[Problem], ts_us: TimeColumn) -> list[Problem]:
    """By the row of their time."""
    row_of = {int(at_us): row for row, at_us in enumerate(ts_us)}
    return [replace(p, row=None if p.ts_us is None else row_of.get(p.ts_us)) for p in problems]


def check_seams(found: Examination, stored: CandleHistory, occasion: Occasion) -> Examination:
    """The verdict, knowing the stored bars of the series: no step where both meet, over any gap."""
    fresh = found.clean
    others = stored.at(~np.isin(stored.ts_us, fresh.ts_us))
    together = sheet_of(in_time_order(joined(others, fresh)))
    is_fresh = np.isin(together.ts, fresh.ts_us)
    for row in find_steps(together.column("close")).tolist():
        ts_us = int(together.ts[row])
        if is_fresh[row] != is_fresh[row - 1] and not is_confirmed(
            ts_us, timeframe_us=occasion.timeframe_us, confirmed_us=occasion.confirmed_us
        ):
            return refused(found, replace(step_problem(together, row), row=None))
    return found


def compare_timeframes(
    found: Examination, others: Mapping[int, CandleHistory], *, timeframe_us: int
) -> Examination:
    """The verdict, knowing the symbol's bars of other lengths.

    Two bars that close at the same moment close at the same price, whatever their lengths.
    """
    fresh = found.clean
    for frame_us, stored in sorted(others.items()):
        _, ours, theirs = np.intersect1d(
            fresh.ts_us + timeframe_us,
            stored.ts_us + frame_us,
            assume_unique=True,
            return_indices=True,
        )
        apart = np.abs(np.log(fresh.close[ours] / stored.close[theirs])) > APART_MIN
        if len(ours) < COMPARED_MOMENTS or apart.sum() <= APART_SHARE * len(ours):
            continue
        first = int(np.argmax(apart))
        text = (
            f"{apart.sum()} of {len(ours)} bars close at another price than the"
            f" {format_timeframe(frame_us)} bars that the lake holds, the first at"
            f" {fresh.close[ours[first]]} instead of {stored.close[theirs[first]]}; it looks like"
            " another market"
        )
        return refused(found, Problem(None, int(fresh.ts_us[ours[first]]), "market", text))
    return found
