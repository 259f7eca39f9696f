"""Verdicts over candles, for a person or a program."""

import sys
from collections import Counter

import msgspec
from rich.table import Table
from rich.text import Text

from nija.candles import CandleReport, Imported
from nija.console import console, table
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
    counted = f": {report.rows_in} rows in, {report.rows_out} rows out"
    console().print(_styled(report.verdict), counted, sep="")
    if report.problems:
        console().print(_problems_table(report))


def _styled(verdict: Verdict) -> Text:
    return Text(verdict, style=STYLES[verdict])


def _problems_table(report: CandleReport) -> Table:
    """The first few of each rule, and how many there are."""
    made = table("rule", "level", "row", "what", "remedy", right=("row",))
    counts = Counter(problem.rule for problem in report.problems)
    shown: Counter[str] = Counter()
    for problem in report.problems:
        rule = RULES[problem.rule]
        shown[problem.rule] += 1
        row = "" if problem.row is None else str(problem.row)
        if shown[problem.rule] <= SHOWN_A_RULE:
            made.add_row(problem.rule, rule.level, row, problem.text, rule.remedy)
        elif shown[problem.rule] == counts[problem.rule]:
            more = f"and {counts[problem.rule] - SHOWN_A_RULE} more"
            made.add_row(problem.rule, rule.level, "", more, "")
    return made


def print_imported(imported: Imported, *, as_json: bool) -> Verdict:
    """A line for each table as it is done; its verdict."""
    if as_json:
        sys.stdout.write(msgspec.json.encode(imported).decode() + "\n")
    else:
        console().print(
            _styled(imported.verdict),
            f"{imported.name}"
            f" {imported.symbol} of {imported.venue}: {imported.rows_in} rows in,"
            f" {imported.written} written, {imported.restated} restated,"
            f" {imported.quarantined} set aside. {imported.why}",
        )
    return imported.verdict
