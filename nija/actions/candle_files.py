"""`nija candles check` and `nija import`: candle files under the quality rules."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from nija.actions.candle_store import StoredSheet
from nija.bootstrap import SheetRead, read_sheets
from nija_domain.errors import SettingsInvalid
from nija_domain.market.quality.examination import Examination, Verdict, examine
from nija_domain.market.quality.rules import LEVELS, Problem
from nija_domain.market.quality.stamps import EARLIEST_US, LATEST_US, Occasion
from nija_domain.market.quality.steps import text_with_remedy
from nija_domain.market.timeframes import parse_timeframe_us
from nija_domain.market.venues import IMPORTED, Series, parse_venue

EXIT_CODES: dict[Verdict, int] = {"accept": 0, "repair": 0, "quarantine": 1, "refuse": 2}
MICROSECONDS_A_MILLISECOND = 1_000
SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.]*/[A-Z0-9][A-Z0-9.]*")


class ReportedProblem(msgspec.Struct, frozen=True):
    """`row` counts data rows from 0; `ts` is in milliseconds; both are None for the whole input."""

    row: int | None
    ts: int | None
    rule: str
    text: str


class CandleReport(msgspec.Struct, frozen=True):
    verdict: Verdict
    rows_in: int
    rows_out: int
    problems: tuple[ReportedProblem, ...]


def check_file(
    path: Path, *, timeframe: str, now_us: int, confirmed_us: frozenset[int] = frozenset()
) -> CandleReport:
    """The verdict over a file with one table of candles."""
    try:
        timeframe_us = _parse_option_us(timeframe)
    except SettingsInvalid as error:
        return _refusal("timeframe", str(error))
    if not EARLIEST_US <= now_us <= LATEST_US:
        now_ms = now_us // MICROSECONDS_A_MILLISECOND
        return _refusal("now", f"--now {now_ms} is not a time in milliseconds since 1970 UTC")
    reads = list(read_sheets(path))
    if len(reads) != 1:
        return _refusal(
            "unreadable",
            f"{path} holds {len(reads)} tables; unpack it and check one file at a time",
        )
    occasion = Occasion(timeframe_us, now_us, confirmed_us)
    return _report(examine_read(reads[0], occasion=occasion))


def _parse_option_us(timeframe: str) -> int:
    try:
        return parse_timeframe_us(timeframe)
    except SettingsInvalid as error:
        raise SettingsInvalid(f"--{error}") from error


def examine_read(read: SheetRead, *, occasion: Occasion, symbol: str = "") -> Examination:
    return examine(
        read.sheet, symbol=symbol, occasion=occasion, rows_in=read.rows_in, reported=read.problems
    )


def _report(found: Examination) -> CandleReport:
    problems = tuple(map(_reported, found.problems))
    return CandleReport(found.verdict, found.rows_in, found.rows_out, problems)


def _reported(problem: Problem) -> ReportedProblem:
    ts_us = problem.ts_us
    ts = None if ts_us is None else ts_us // MICROSECONDS_A_MILLISECOND
    return ReportedProblem(problem.row, ts, problem.rule, problem.text)


def _refusal(rule: str, text: str) -> CandleReport:
    return CandleReport("refuse", 0, 0, (ReportedProblem(None, None, rule, text),))


class Imported(msgspec.Struct, frozen=True):
    """The result of one table; `written` are new candles.

    `identical` were stored already, `restated` were stored with other numbers.
    """

    name: str
    venue: str
    symbol: str
    verdict: Verdict
    rows_in: int
    written: int
    identical: int
    restated: int
    quarantined: int
    why: str


class ImportPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What file names do not say, the current time, and the confirmed price steps."""

    symbol: str | None
    timeframe: str | None
    venue: str | None = None
    now_us: int
    confirmed: Callable[[Series], frozenset[int]] = lambda _series: frozenset()


Store = Callable[[Examination, SheetRead, Series], StoredSheet]
"""Stores the clean rows of a series and sets the broken ones aside; tells what was new."""


def import_files(paths: Sequence[Path], plan: ImportPlan, *, store: Store) -> Iterator[Imported]:
    """Import one table after another; a refused one is reported, the rest continues."""
    check_plan(plan)
    for path in paths:
        for read in read_sheets(path):
            yield _import_table(read, plan, store=store)


def check_plan(plan: ImportPlan) -> None:
    """Check the options once, since a wrong one is wrong for every file."""
    if plan.timeframe is not None:
        _parse_option_us(plan.timeframe)
    if plan.venue is not None:
        parse_venue(plan.venue)
    if plan.symbol is not None:
        check_symbol("--symbol", plan.symbol)


def check_symbol(option: str, symbol: str) -> None:
    if not SYMBOL.fullmatch(symbol):
        raise SettingsInvalid(
            f"{option}: {symbol!r} is not a symbol; write BASE/QUOTE in capital letters, digits"
            " and dots, such as BTC/USD"
        )


def _import_table(read: SheetRead, plan: ImportPlan, *, store: Store) -> Imported:
    venue = plan.venue or read.market.venue or IMPORTED
    try:
        symbol, timeframe_us = _market_of(read, plan)
    except SettingsInvalid as error:
        return Imported(
            name=read.name,
            venue=venue,
            symbol=read.market.symbol or plan.symbol or "",
            verdict="refuse",
            rows_in=read.rows_in,
            written=0,
            identical=0,
            restated=0,
            quarantined=0,
            why=str(error),
        )
    kept_as = Series(venue=venue, symbol=symbol, timeframe_us=timeframe_us)
    occasion = Occasion(timeframe_us, plan.now_us, plan.confirmed(kept_as))
    found = examine_read(read, occasion=occasion, symbol=symbol)
    kept = StoredSheet(found=found) if found.verdict == "refuse" else store(found, read, kept_as)
    return Imported(
        name=read.name,
        venue=venue,
        symbol=symbol,
        verdict=kept.found.verdict,
        rows_in=found.rows_in,
        written=kept.written,
        identical=kept.identical,
        restated=kept.restated,
        quarantined=kept.quarantined,
        why=_hardest_text(kept.found, kept_as),
    )


def _market_of(read: SheetRead, plan: ImportPlan) -> tuple[str, int]:
    """Symbol and timeframe, from the name, else from the options; both must not contradict."""
    symbol = read.market.symbol or plan.symbol
    timeframe = read.market.timeframe or plan.timeframe
    unusable = [problem for problem in read.problems if problem.level == "refuse"]
    if unusable:
        raise SettingsInvalid(f"{unusable[0].rule}: {unusable[0].text}; {unusable[0].remedy}")
    if not read.rows_in:
        raise SettingsInvalid(f"empty: {read.name} has no rows")
    if symbol is None or timeframe is None:
        raise SettingsInvalid(
            "the file name does not say symbol and timeframe; give --symbol and --timeframe"
        )
    timeframe_us = parse_timeframe_us(timeframe)
    if plan.symbol not in (None, symbol):
        raise SettingsInvalid(
            f"the file name says {symbol}, --symbol says {plan.symbol}; leave --symbol out"
        )
    if plan.timeframe is not None and parse_timeframe_us(plan.timeframe) != timeframe_us:
        raise SettingsInvalid(
            f"the file name says {timeframe}, --timeframe says {plan.timeframe}; leave --timeframe"
            " out"
        )
    return symbol, timeframe_us


def _hardest_text(found: Examination, kept_as: Series) -> str:
    """The most serious problem with its remedy, what was assumed, and how many more there are."""
    problems = sorted(found.problems, key=lambda p: -LEVELS.index(p.level))
    if not problems:
        return ""
    hardest, others = problems[0], problems[1:]
    text = hardest.text
    if hardest.level in ("quarantine", "refuse"):
        text = text_with_remedy(hardest, symbol=kept_as.symbol, venue=kept_as.venue)
    assumed = [problem.text for problem in others if problem.rule == "assumed"]
    rest = len(others) - len(assumed)
    more = [f"and {rest} more"] if rest else []
    return "; ".join([f"{hardest.rule}: {text}", *assumed, *more])
