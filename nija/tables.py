"""Results as a person or a program wants to read them."""

import sys

import msgspec
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from nija.demo import DemoReport
from nija.doctor import Finding
from nija.features import ToldFeature
from nija.home import Home
from nija.services import services_of
from nija.settings import UpSettings
from nija.supervisor import Condition, answers
from nija.tally import JournalWatch, Tally


def print_report(report: DemoReport, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
        return
    table = Table(title="From candles to fills, and back")
    table.add_column("what")
    table.add_column("came of it", justify="right")
    for name, value in msgspec.to_builtins(report).items():
        if name != "station_s":
            table.add_row(name.replace("_", " "), str(value))
    for station, seconds in report.station_s.items():
        table.add_row(f"  {station}", f"{seconds:.1f} s")
    Console().print(table)


STATE_STYLES = {"up": "green", "starting": "yellow", "waiting to restart": "red"}


def services_table(conditions: list[Condition], tally: Tally) -> Group:
    """What runs where, and how the trading stands."""
    table = Table(title="Nija · paper", title_justify="left")
    for column in ("service", "state", "pid", "restarts", "up", "page"):
        table.add_column(column, justify="right" if column in {"pid", "restarts", "up"} else "left")
    for condition in conditions:
        table.add_row(
            condition.name,
            Text(condition.state, style=STATE_STYLES[condition.state]),
            str(condition.pid or ""),
            str(condition.restarts),
            f"{condition.up_s:.0f} s",
            condition.page or "",
        )
    return Group(table, Text(trading_line(tally)), Text("Ctrl-C ends everything in order."))


def trading_line(tally: Tally) -> str:
    if not tally.active_release:
        return "No release yet: the first training runs by itself once Dagster is up."
    equity = f"{tally.equity:.2f} USD" if tally.equity is not None else "not marked yet"
    halts = f" · halted by {', '.join(sorted(tally.halts))}" if tally.halts else ""
    return (
        f"release {tally.active_release} · equity {equity} · {tally.fills} fills ·"
        f" {tally.closed} trades closed, net {tally.net_profit:.2f} ·"
        f" {tally.open_positions} open{halts}"
    )


VERDICT_STYLES = {"good": "green", "weak": "yellow", "bad": "red"}


def findings_table(findings: list[Finding]) -> Table:
    table = Table(title="What this machine has", title_justify="left")
    for column in ("what", "verdict", "told", "what to do"):
        table.add_column(column)
    for finding in findings:
        verdict = Text(finding.verdict, style=VERDICT_STYLES[finding.verdict])
        table.add_row(finding.what, verdict, finding.told, finding.remedy)
    return table


def print_status(home: Home, settings: UpSettings) -> None:
    """Each service that has an address is asked; the journal tells the rest."""
    table = Table(title=f"Nija · {home.folder}", title_justify="left")
    for column in ("service", "answers", "page"):
        table.add_column(column)
    for service in services_of(home, settings):
        if service.port is not None:
            style, told = ("green", "yes") if answers(service) else ("red", "no")
            page = service.url(service.page) if service.page else ""
            table.add_row(service.name, Text(told, style=style), page)
    console = Console()
    console.print(table)
    console.print(trading_line(JournalWatch(home).look()))


def print_features(features: list[ToldFeature], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(features).decode() + "\n")
        return
    table = Table(title="Features", title_justify="left")
    for column in ("feature", "formula", "unit", "warm-up"):
        table.add_column(column, justify="right" if column == "warm-up" else "left")
    for number, told in enumerate(features):
        if number and told.scope != features[number - 1].scope:
            table.add_section()
        table.add_row(told.name, told.formula, told.unit, f"{told.warm_up_bars} bars")
    Console().print(table)
