"""A price in another unit from one bar to the next: ten times as much, or a tenth, and it stays.

No market does that; a redenomination, another market's candles or a broken source does. Whether it
is right only a person can say.
"""

from collections.abc import Collection
from itertools import pairwise

import numpy as np

from nija_domain.market.candles import FloatColumn
from nija_domain.market.quality.rules import Problem
from nija_domain.market.quality.sheet import Mask, Rows, Sheet
from nija_domain.market.timeframes import MINUTE_US, SECOND_US, utc_minute

STEP_MIN = 9.5
"""Ten times, give or take what the market itself moved within the bar."""

EXCURSION_BARS = 12
"""What is back after so many bars has not stayed."""

BACK_MAX = 2.0


def is_step(before: float, after: float) -> bool:
    """From one close to the next one that is known, whatever time lies between."""
    return before > 0.0 and after > 0.0 and max(after / before, before / after) >= STEP_MIN


def find_steps(closes: FloatColumn) -> Rows:
    """The rows whose close is in another unit than the one before."""
    leaps = np.abs(np.diff(np.log(closes), prepend=np.log(closes[:1])))
    rows: Rows = np.flatnonzero(leaps >= np.log(STEP_MIN))
    return rows


def find_excursions(closes: FloatColumn, steps: Rows) -> Mask:
    """Rows from a step to the one back, where it comes soon: that price was never there either."""
    away = np.zeros(len(closes), dtype=np.bool_)
    for start, stop in pairwise(steps.tolist()):
        before, after = float(closes[start - 1]), float(closes[stop])
        is_back = max(after / before, before / after) < BACK_MAX
        if is_back and stop - start <= EXCURSION_BARS and not away[start - 1]:
            away[start:stop] = True
    return away


def is_confirmed(ts_us: int, *, timeframe_us: int, confirmed_us: Collection[int]) -> bool:
    """A person has named a moment within this bar."""
    return any(ts_us <= at_us < ts_us + timeframe_us for at_us in confirmed_us)


def step_problem(sheet: Sheet, row: int) -> Problem:
    """The row with both closes."""
    closes = sheet.column("close")
    before, after = float(closes[row - 1]), float(closes[row])
    ratio = max(after / before, before / after)
    text = f"the close steps from {before:g} to {after:g}, {ratio:,.0f} times, and stays there"
    return sheet.problem(row, "step", text)


def told_with_remedy(problem: Problem, *, symbol: str, venue: str) -> str:
    """What happened and what to do; a step is told with the words that confirm it."""
    if problem.rule != "step" or problem.ts_us is None:
        return f"{problem.text}; {problem.remedy}"
    at = _as_typed(problem.ts_us)
    return (
        f"{problem.text}; if that is right, run `nija candles confirm {symbol} --venue {venue} --at"
        f" {at}`, else fetch it again"
    )


def _as_typed(ts_us: int) -> str:
    """To the second where a bar is shorter than a minute, else another bar would be confirmed."""
    seconds = ts_us % MINUTE_US // SECOND_US
    return utc_minute(ts_us).replace(" ", "T") + (f":{seconds:02}" if seconds else "")
