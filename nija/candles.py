"""`nija candles check` and `nija import`: files of candles under the quality contract."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from nija.bootstrap import SheetRead, Stored, read_sheets
from nija_domain.errors import SettingsInvalid
from nija_domain.market.quality.examination import Examination, Verdict, examine
from nija_domain.market.quality.rules import LEVELS, Problem
from nija_domain.market.quality.stamps import Occasion
from nija_domain.market.timeframes import parse_timeframe_us

EXIT_CODES: dict[Verdict, int] = {"accept": 0, "repair": 0, "quarantine": 1, "refuse": 2}
MICROSECONDS_A_MILLISECOND = 1_000


class ProblemTold(msgspec.Struct, frozen=True):
    """`row` counts the input's data rows from 0; `ts` is in milliseconds; None: the whole input."""

    row: int | None
    ts: int | None
    rule: str
    text: str


class CandleReport(msgspec.Struct, frozen=True):
    verdict: Verdict
    rows_in: int
    rows_out: int
    problems: tuple[ProblemTold, ...]


def check_file(path: Path, *, timeframe: str, now_us: int) -> CandleReport:
    """The verdict over one table of candles, whatever the file holds."""
    try:
        timeframe_us = parse_timeframe_us(timeframe)
    except SettingsInvalid as error:
        return _refusal("timeframe", str(error))
    reads = list(read_sheets(path))
    if len(reads) != 1:
        return _refusal("unreadable", f"{path} holds {len(reads)} tables; check them one by one")
    return _report(examine_read(reads[0], occasion=Occasion(timeframe_us, now_us)))


def examine_read(read: SheetRead, *, occasion: Occasion, symbol: str = "") -> Examination:
    return examine(
        read.sheet, symbol=symbol, occasion=occasion, rows_in=read.rows_in, told=read.told
    )


def _report(found: Examination) -> CandleReport:
    told = tuple(map(_told, found.problems))
    return CandleReport(found.verdict, found.rows_in, found.rows_out, told)


def _told(problem: Problem) -> ProblemTold:
    ts_us = problem.ts_us
    ts = None if ts_us is None else ts_us // MICROSECONDS_A_MILLISECOND
    return ProblemTold(problem.row, ts, problem.rule, problem.text)


def _refusal(rule: str, text: str) -> CandleReport:
    return CandleReport("refuse", 0, 0, (ProblemTold(None, None, rule, text),))


class Imported(msgspec.Struct, frozen=True):
    """What became of one table; `written` counts candles of times that the lake did not hold yet.

    `restated` counts those that it held otherwise.
    """

    name: str
    symbol: str
    verdict: Verdict
    rows_in: int
    written: int
    restated: int
    quarantined: int
    why: str


class ImportPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What the names of files do not tell, and when they are read."""

    symbol: str | None
    timeframe: str | None
    now_us: int


Store = Callable[[Examination, SheetRead, int], Stored]
"""Stores the clean rows of a timeframe and sets the broken ones aside; tells what was new."""


def import_files(paths: Sequence[Path], plan: ImportPlan, *, store: Store) -> Iterator[Imported]:
    """One table after the other; what is refused is told, the rest goes on."""
    for path in paths:
        for read in read_sheets(path):
            yield _import_table(read, plan, store=store)


def _import_table(read: SheetRead, plan: ImportPlan, *, store: Store) -> Imported:
    symbol = plan.symbol or read.market.symbol
    timeframe = plan.timeframe or read.market.timeframe
    if symbol is None or timeframe is None:
        why = "the name tells no market; give --symbol and --timeframe"
        return Imported(read.name, symbol or "", "refuse", read.rows_in, 0, 0, 0, why)
    timeframe_us = parse_timeframe_us(timeframe)
    found = examine_read(read, occasion=Occasion(timeframe_us, plan.now_us), symbol=symbol)
    kept = Stored(found=found) if found.verdict == "refuse" else store(found, read, timeframe_us)
    return Imported(
        name=read.name,
        symbol=symbol,
        verdict=kept.found.verdict,
        rows_in=found.rows_in,
        written=kept.written,
        restated=kept.restated,
        quarantined=kept.quarantined,
        why=_hardest_text(kept.found),
    )


def _hardest_text(found: Examination) -> str:
    """What broke the hardest rule, for one line of a table."""
    problems = sorted(found.problems, key=lambda p: -LEVELS.index(p.level))
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"{problems[0].rule}: {problems[0].text}{more}" if problems else ""
