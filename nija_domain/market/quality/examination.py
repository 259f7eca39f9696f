"""The contract itself: what comes in, what may go on, what is set aside and why."""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
import numpy as np
from msgspec.structs import replace

from nija_domain.market.candles import Bar, CandleHistory
from nija_domain.market.quality import prices, stamps
from nija_domain.market.quality.rules import LEVELS, Level, Problem
from nija_domain.market.quality.sheet import Judged, Sheet, sheet_of
from nija_domain.market.quality.stamps import Occasion

Verdict = Literal["accept", "repair", "quarantine", "refuse"]
VERDICT_OF: dict[Level, Verdict] = {
    "warning": "accept",
    "repair": "repair",
    "quarantine": "quarantine",
    "refuse": "refuse",
}
STORED_STEPS = (
    stamps.check_units,
    stamps.cut_at_now,
    stamps.sort_rows,
    stamps.settle_duplicates,
    prices.drop_impossible,
    stamps.check_grid,
)
UNTRUSTED_SHARE = 0.5

STEPS: tuple[Callable[[Sheet, Occasion], Judged], ...] = (
    stamps.read_units,
    stamps.cut_at_now,
    stamps.sort_rows,
    stamps.settle_duplicates,
    prices.drop_impossible,
    stamps.check_intervals,
    prices.tell_spikes_from_jumps,
    stamps.find_gaps,
    prices.find_frozen_stretches,
    stamps.find_staleness,
)


class BrokenRow(msgspec.Struct, frozen=True, kw_only=True):
    """What could be read of a row that breaks a rule; `raw` is its text where it had one.

    A stamp that is no time is None, a number that is none is NaN.
    """

    ts_us: int | None
    bar: Bar
    rule: str
    reason: str
    raw: str | None


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """`clean` may be used; it is empty where the input is refused."""

    verdict: Verdict
    rows_in: int
    clean: CandleHistory
    problems: tuple[Problem, ...]

    @property
    def rows_out(self) -> int:
        return len(self.clean)

    @property
    def quarantined(self) -> tuple[Problem, ...]:
        """Every row that is set aside, once for each rule that it breaks."""
        return tuple(problem for problem in self.problems if problem.level == "quarantine")


def examine(
    sheet: Sheet,
    *,
    symbol: str,
    occasion: Occasion,
    rows_in: int | None = None,
    told: Sequence[Problem] = (),
) -> Examination:
    """The verdict over a sheet, and over what its reader had `told` of the rows before.

    Rows that the reader quarantines may lie in the sheet, as far as it could read them.
    """
    rows_in = len(sheet) if rows_in is None else rows_in
    sheet, problems = _part_with_told(sheet, told, occasion)
    if not rows_in and not any(problem.level == "refuse" for problem in told):
        problems.append(Problem(None, None, "empty", "there are no rows"))
    for step in STEPS:
        if any(problem.level == "refuse" for problem in problems):
            break
        judged = step(sheet, occasion)
        sheet, problems = judged.sheet, [*problems, *judged.problems]
    doubt = _find_doubt(problems, rows_in)
    problems += [doubt] if doubt else []
    verdict = _verdict(problems)
    kept = sheet.at(np.zeros(len(sheet), dtype=np.bool_)) if verdict == "refuse" else sheet
    return Examination(
        verdict=verdict,
        rows_in=rows_in,
        clean=kept.history(symbol),
        problems=tuple(sorted(problems, key=lambda p: (p.row is not None, p.row or 0))),
    )


def examine_history(
    history: CandleHistory,
    *,
    timeframe_us: int,
    now_us: int,
    confirmed_us: frozenset[int] = frozenset(),
) -> Examination:
    """What an exchange answered, before it is stored; a person has confirmed some steps."""
    occasion = Occasion(timeframe_us, now_us, confirmed_us)
    return examine(sheet_of(history), symbol=history.symbol, occasion=occasion)


def refused(found: Examination, problem: Problem) -> Examination:
    """Nothing of it may be used, for this reason as well."""
    return replace(
        found,
        verdict="refuse",
        clean=found.clean.cut(0),
        problems=(problem, *found.problems),
    )


def set_aside(
    found: Examination, given: Sheet, *, raw_of: Callable[[int], str | None]
) -> tuple[BrokenRow, ...]:
    """A row of the input for each rule that it breaks, as far as it could be read."""
    rows = [problem.row for problem in found.quarantined if problem.row is not None]
    places = np.flatnonzero(np.isin(given.rows, rows))
    bars = {int(given.rows[place]): Bar(*given.values[place].tolist()) for place in places}
    nothing = Bar(*[np.nan] * len(Bar._fields))
    return tuple(
        BrokenRow(
            ts_us=problem.ts_us,
            bar=nothing if problem.row is None else bars.get(problem.row, nothing),
            rule=problem.rule,
            reason=problem.text,
            raw=None if problem.row is None else raw_of(problem.row),
        )
        for problem in found.quarantined
    )


def find_unstorable(history: CandleHistory, *, timeframe_us: int, now_us: int) -> Problem | None:
    """The first row that may not be appended whatever its neighbours; examined candles have none.

    Spikes and intervals are judged over a whole history, not again over each page of it.
    """
    sheet, occasion = sheet_of(history), Occasion(timeframe_us, now_us)
    for step in STORED_STEPS:
        judged = step(sheet, occasion)
        if judged.problems:
            return judged.problems[0]
    return None


def _part_with_told(
    sheet: Sheet, told: Sequence[Problem], occasion: Occasion
) -> tuple[Sheet, list[Problem]]:
    """The rows that are still to be judged, and the told ones with the times that they tell."""
    rows = [p.row for p in told if p.level == "quarantine" and p.row is not None]
    if not rows:
        return sheet, list(told)
    is_told = np.isin(sheet.rows, rows)
    timed = stamps.read_units(sheet.at(is_told), occasion).sheet
    times_us = dict(zip(timed.rows.tolist(), timed.ts.tolist(), strict=True))
    return sheet.at(~is_told), [replace(p, ts_us=times_us.get(p.row, p.ts_us)) for p in told]


def _find_doubt(problems: Sequence[Problem], rows_in: int) -> Problem | None:
    rows = {problem.row for problem in problems if problem.level == "quarantine"}
    if not rows or len(rows) <= UNTRUSTED_SHARE * rows_in:
        return None
    return Problem(None, None, "untrusted", f"{len(rows)} of {rows_in} rows are not credible")


def _verdict(problems: Sequence[Problem]) -> Verdict:
    """As hard as the hardest rule that is broken."""
    hardest = max((LEVELS.index(problem.level) for problem in problems), default=0)
    return VERDICT_OF[LEVELS[hardest]]
