"""Verdicts over candles, for a person or a program."""

import sys
from collections import Counter

import msgspec
from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table

from nija.candles import CandleReport, Imported, ProblemTold
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
    console, style = Console(), STYLES[report.verdict]
    console.print(
        f"[{style}]{report.verdict}[/]: {report.rows_in} rows in, {report.rows_out} rows out"
    )
    if report.problems:
        console.print(_problems_shown(report))


def _problems_shown(report: CandleReport) -> Group:
    """The first few of each rule with row and time; what to do about each rule, once."""
    table = Table()
    for column in ("rule", "level", "row", "time, UTC", "what"):
        table.add_column(column, justify="right" if column == "row" else "left")
    counts = Counter(problem.rule for problem in report.problems)
    shown: Counter[str] = Counter()
    for problem in report.problems:
        rule = RULES[problem.rule]
        shown[problem.rule] += 1
        if shown[problem.rule] <= SHOWN_A_RULE:
            row = "" if problem.row is None else str(problem.row)
            what = escape(problem.text)
            table.add_row(problem.rule, rule.level, row, _time(problem), what)
        elif shown[problem.rule] == counts[problem.rule]:
            more = f"and {counts[problem.rule] - SHOWN_A_RULE} more"
            table.add_row(problem.rule, rule.level, "", "", more)
    remedies = (f"{rule}: {escape(RULES[rule].remedy)}" for rule in counts)
    return Group(table, "What to do:", *remedies)


def _time(problem: ProblemTold) -> str:
    """To the second where the bar opens within a minute."""
    if problem.ts is None:
        return ""
    ts_us = problem.ts * MICROSECONDS_A_MILLISECOND
    seconds = ts_us % MINUTE_US / SECOND_US
    return utc_minute(ts_us) + (f":{seconds:06.3f}".removesuffix(".000") if seconds else "")


def print_imported(imported: Imported, *, as_json: bool) -> Verdict:
    """A line for each table as it is done; its verdict."""
    if as_json:
        sys.stdout.write(msgspec.json.encode(imported).decode() + "\n")
    else:
        Console().print(
            f"[{STYLES[imported.verdict]}]{imported.verdict}[/] {escape(imported.name)}"
            f" {imported.symbol} of {imported.venue}: {imported.rows_in} rows in,"
            f" {imported.written} written, {imported.identical} identical,"
            f" {imported.restated} restated, {imported.quarantined} set aside."
            f" {escape(imported.why)}"
        )
    return imported.verdict
