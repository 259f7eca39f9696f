"""Verdicts over candles, for a person or a program."""

import sys
from collections import Counter

import msgspec
from rich.console import Console
from rich.table import Table

from nija.candles import CandleReport, Imported
from nija_domain.market.quality.examination import Verdict
from nija_domain.market.quality.rules import RULES

STYLES: dict[Verdict, str] = {
    "accept": "green",
    "repair": "yellow",
    "quarantine": "red",
    "refuse": "bold red",
}
SHOWN_A_RULE = 3


def print_candle_report(report: CandleReport, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
        return
    console, style = Console(), STYLES[report.verdict]
    console.print(
        f"[{style}]{report.verdict}[/]: {report.rows_in} rows in, {report.rows_out} rows out"
    )
    if report.problems:
        console.print(_problems_table(report))


def _problems_table(report: CandleReport) -> Table:
    """The first few of each rule, and how many there are."""
    table = Table()
    for column in ("rule", "level", "row", "what", "remedy"):
        table.add_column(column, justify="right" if column == "row" else "left")
    counts = Counter(problem.rule for problem in report.problems)
    shown: Counter[str] = Counter()
    for problem in report.problems:
        rule = RULES[problem.rule]
        shown[problem.rule] += 1
        row = "" if problem.row is None else str(problem.row)
        if shown[problem.rule] <= SHOWN_A_RULE:
            table.add_row(problem.rule, rule.level, row, problem.text, rule.remedy)
        elif shown[problem.rule] == counts[problem.rule]:
            more = f"and {counts[problem.rule] - SHOWN_A_RULE} more"
            table.add_row(problem.rule, rule.level, "", more, "")
    return table


def print_imported(imported: Imported, *, as_json: bool) -> Verdict:
    """A line for each table as it is done; its verdict."""
    if as_json:
        sys.stdout.write(msgspec.json.encode(imported).decode() + "\n")
    else:
        Console().print(
            f"[{STYLES[imported.verdict]}]{imported.verdict}[/] {imported.name}"
            f" {imported.symbol} of {imported.venue}: {imported.rows_in} rows in,"
            f" {imported.written} written, {imported.restated} restated,"
            f" {imported.quarantined} set aside. {imported.why}"
        )
    return imported.verdict
