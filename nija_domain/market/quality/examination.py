"""The contract itself: what comes in, what may go on, what is set aside and why."""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
import numpy as np
from msgspec.structs import replace

from nija_domain.market.candles import CandleHistory
from nija_domain.market.quality import prices, stamps
from nija_domain.market.quality.rules import LEVELS, RULES, Level, Problem
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
NO_ROW = -1
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
    """The verdict over a sheet, and over what its reader had `told` of the rows before."""
    rows_in = len(sheet) if rows_in is None else rows_in
    problems = list(told)
    if not rows_in and not any(problem.level == "refuse" for problem in told):
        problems.append(Problem(None, None, "empty", "there is no row"))
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


def examine_history(history: CandleHistory, *, timeframe_us: int, now_us: int) -> Examination:
    """What an exchange answered, before it is stored."""
    occasion = Occasion(timeframe_us, now_us)
    return examine(sheet_of(history), symbol=history.symbol, occasion=occasion)


def set_aside(found: Examination, given: Sheet) -> tuple[CandleHistory, tuple[Problem, ...]]:
    """A row of the input for each broken rule, as far as it could be read, and why it is there."""
    place_of = {int(row): place for place, row in enumerate(given.rows)}
    values = np.full((len(found.quarantined), given.values.shape[1]), np.nan)
    for number, problem in enumerate(found.quarantined):
        place = place_of.get(problem.row if problem.row is not None else NO_ROW)
        if place is not None:
            values[number] = given.values[place]
    numbers = np.arange(len(values))
    stamps_us = [problem.ts_us or 0 for problem in found.quarantined]
    rows = Sheet(numbers, np.array(stamps_us, dtype=np.int64), values)
    problems = (replace(p, row=n) for n, p in enumerate(found.quarantined))
    return rows.history(found.clean.symbol), tuple(problems)


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


def _find_doubt(problems: Sequence[Problem], rows_in: int) -> Problem | None:
    rows = {problem.row for problem in problems if problem.level == "quarantine"}
    if not rows or len(rows) <= UNTRUSTED_SHARE * rows_in:
        return None
    text = f"{len(rows)} of {rows_in} rows cannot be believed; {RULES['untrusted'].remedy}"
    return Problem(None, None, "untrusted", text)


def _verdict(problems: Sequence[Problem]) -> Verdict:
    """As hard as the hardest rule that is broken."""
    hardest = max((LEVELS.index(problem.level) for problem in problems), default=0)
    return VERDICT_OF[LEVELS[hardest]]
