"""Prints verdicts over candles, as tables or JSON."""

import sys
from collections import Counter

import msgspec
from rich.console import Group
from rich.text import Text

from nija.actions.candle_files import CandleReport, Imported, ReportedProblem
from nija.tables.console import console, table
from nija_domain.market.quality.examination import Verdict
from nija_domain.market.quality.rules import RULES
from nija_domain.market.timeframes import MINUTE_US, SECOND_US, utc_minute

STYLES: dict[Verdict, str] = {
    "accept": "green",
    "repair": "yellow",
    "quarantine": "red",
    "refuse": "bold red",
}
SHOWN_A_RULE = 3
MICROSECONDS_A_MILLISECOND = 1_000


def print_candle_report(report: CandleReport, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
        return
    counted = f": {report.rows_in} rows in, {report.rows_out} rows out"
    console().print(_styled(report.verdict), counted, sep="")
    if report.problems:
        console().print(_problems_shown(report))


def _styled(verdict: Verdict) -> Text:
    return Text(verdict, style=STYLES[verdict])


def _problems_shown(report: CandleReport) -> Group:
    """The first few problems of each rule with row and time, and each remedy once."""
    made = table("rule", "level", "row", "time, UTC", "what", right=("row",))
    counts = Counter(problem.rule for problem in report.problems)
    shown: Counter[str] = Counter()
    for problem in report.problems:
        rule = RULES[problem.rule]
        shown[problem.rule] += 1
        if shown[problem.rule] <= SHOWN_A_RULE:
            row = "" if problem.row is None else str(problem.row)
            made.add_row(problem.rule, rule.level, row, _time(problem), problem.text)
        elif shown[problem.rule] == counts[problem.rule]:
            more = f"and {counts[problem.rule] - SHOWN_A_RULE} more"
            made.add_row(problem.rule, rule.level, "", "", more)
    remedies = (f"{rule}: {RULES[rule].remedy}" for rule in counts)
    return Group(made, "What to do:", *remedies)


def _time(problem: ReportedProblem) -> str:
    """With seconds if the bar does not open on a full minute."""
    if problem.ts is None:
        return ""
    ts_us = problem.ts * MICROSECONDS_A_MILLISECOND
    seconds = ts_us % MINUTE_US / SECOND_US
    return utc_minute(ts_us) + (f":{seconds:06.3f}".removesuffix(".000") if seconds else "")


def print_imported(imported: Imported, *, as_json: bool) -> Verdict:
    """Print one line per table; returns its verdict."""
    if as_json:
        sys.stdout.write(msgspec.json.encode(imported).decode() + "\n")
    else:
        console().print(
            _styled(imported.verdict),
            f"{_source_of(imported)}: {imported.rows_in} rows in,"
            f" {imported.written} written, {imported.identical} identical,"
            f" {imported.restated} restated, {imported.quarantined} quarantined. {imported.why}",
        )
    return imported.verdict


def _source_of(imported: Imported) -> str:
    """File, symbol and venue, as far as they are known."""
    market = f" {imported.symbol}" if imported.symbol else ""
    return f"{imported.name}{market} of {imported.venue}"
