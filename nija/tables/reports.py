"""Prints reports, as tables or JSON."""

import sys
from collections.abc import Iterator

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from nija.actions.feature_list import ListedFeature
from nija.home import Home
from nija.reading import read_account
from nija.running.demo import DemoReport
from nija.running.doctor import Finding
from nija.running.services import services_of, stale_after_s
from nija.running.supervisor import Condition, answers
from nija.settings import UpSettings
from nija.tables.console import console, counted, table
from nija_domain.events.position_id import CORE
from nija_domain.market.timeframes import utc_minute
from nija_domain.statements.account import AccountStatement, Totals
from nija_domain.statements.standing import Entries
from nija_domain.trading.order_ids import short_id


def print_report(report: DemoReport, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
        return
    made = table("what", "result", right=("result",), title="From candles to fills, and back")
    for name, value in msgspec.to_builtins(report).items():
        if name != "station_s":
            made.add_row(name.replace("_", " "), str(value))
    for station, seconds in report.station_s.items():
        made.add_row(f"  {station}", f"{seconds:.1f} s")
    console().print(made)


STANDING_STYLES: dict[Entries, str] = {"open": "green", "narrowed": "yellow", "stopped": "bold red"}
STATE_STYLES = {"up": "green", "starting": "yellow", "waiting to restart": "red"}


def services_table(conditions: list[Condition], totals: Totals) -> Group:
    """What runs, why a service does not, and how trading is going."""
    numbers = ("pid", "restarts", "up")
    made = table("service", "state", *numbers, "page", right=numbers, title="Nija · paper")
    for condition in conditions:
        made.add_row(
            condition.name,
            Text(condition.state, style=STATE_STYLES[condition.state]),
            str(condition.pid or ""),
            str(condition.restarts),
            f"{condition.up_s:.0f} s",
            condition.page or "",
        )
    failed = [
        Text(f"{each.name}: {each.last_words} ({each.log})", style="red")
        for each in conditions
        if each.last_words
    ]
    return Group(made, *failed, trading_line(totals), "Ctrl-C stops everything.")


def trading_line(totals: Totals) -> str:
    if not totals.release_id:
        return "No release yet; the live page and `nija status` say why."
    equity = f"{totals.equity:.2f} USD" if totals.equity is not None else "not known yet"
    halts = f" · halted: {', '.join(totals.halts)}" if totals.halts else ""
    counts = totals.counts
    return (
        f"release {totals.release_id} · equity {equity} · {counted(counts.fills, 'fill')} ·"
        f" {counted(counts.trades, 'closed trade')}, net {counts.realized:.2f} ·"
        f" {counted(totals.open_positions, 'open position')}{halts}"
    )


VERDICT_STYLES = {"good": "green", "weak": "yellow", "bad": "red"}


def findings_table(findings: list[Finding]) -> Table:
    made = table("what", "verdict", "found", "what to do", title="Checks of this machine")
    for finding in findings:
        verdict = Text(finding.verdict, style=VERDICT_STYLES[finding.verdict])
        made.add_row(finding.what, verdict, finding.found, finding.remedy)
    return made


def print_findings(findings: list[Finding], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(findings).decode() + "\n")
    else:
        console().print(findings_table(findings))


class Answering(msgspec.Struct, frozen=True):
    name: str
    answers: bool
    page: str


class Status(msgspec.Struct, frozen=True):
    """What `nija status` shows; `line` is the first sentence of the page."""

    home: str
    line: str
    services: tuple[Answering, ...]
    account: AccountStatement


def print_status(home: Home, settings: UpSettings, *, as_json: bool) -> None:
    """Ask each service that has an address; the rest is from journal and ledger."""
    account = read_account(home, stale_after_s=stale_after_s(settings))
    services = tuple(
        Answering(each.name, answers(each), each.url(each.page) if each.page else "")
        for each in services_of(home, settings)
        if each.port is not None
    )
    status = Status(str(home.folder), account.standing.line, services, account)
    if as_json:
        sys.stdout.write(msgspec.json.encode(status).decode() + "\n")
        return
    console().print(*_status_parts(status), sep="\n")


def _status_parts(status: Status) -> Iterator[RenderableType]:
    account = status.account
    yield Text(status.line, style=STANDING_STYLES[account.standing.entries])
    if account.venue_us:
        speed = f" at ×{account.speed:g}" if account.speed else ""
        venue = "the simulated venue" if account.is_simulated else "the venue"
        yield f"It is {utc_minute(account.venue_us)} UTC at {venue}{speed}."
    if account.totals.release_id:
        yield trading_line(account.totals)
    yield f"Home: {status.home}"
    services = table("service", "answers", "page")
    for each in status.services:
        answer = Text("yes", style="green") if each.answers else Text("no", style="red")
        services.add_row(each.name, answer, each.page)
    yield services
    yield from account_tables(account)


def account_tables(account: AccountStatement) -> Iterator[RenderableType]:
    """Tables of what there is; `nija why` accepts every id in them."""
    if account.positions:
        held = table("id", "agent", "symbol", "held", "stop", "stop's id", title="Open positions")
        for each in account.positions:
            held.add_row(
                short_id(each.entry_id),
                each.agent if each.tag == CORE else f"{each.agent}/{each.tag}",
                each.symbol,
                f"{each.quantity:f}",
                f"{each.stop_price:f}",
                short_id(each.stop_id),
            )
        yield held
    if account.orders:
        live = table("id", "symbol", "role", "status", title="Live orders")
        for order in account.orders:
            live.add_row(short_id(order.order_id), order.symbol, order.role, order.status)
        yield live
    if account.trades:
        newest = table("id", "symbol", "closed", "net", right=("net",), title="Newest trades")
        for trade in account.trades:
            when, net = utc_minute(trade.closed.at_us), f"{trade.net:.2f}"
            newest.add_row(short_id(trade.entry_id), trade.closed.symbol, when, net)
        yield newest
    if account.incidents:
        newest = table("at", "what", "what happened, and what to do", title="Newest incidents")
        for incident in account.incidents:
            times = f" ({incident.times} times)" if incident.times > 1 else ""
            text = f"{incident.text}\nTo do: {incident.remedy}"
            newest.add_row(utc_minute(incident.at_us), incident.kind + times, text)
        yield newest
    if account.positions or account.orders or account.trades:
        yield "`nija why ID` explains any of them; `nija why SYMBOL` explains an open position."


def print_features(features: list[ListedFeature], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(features).decode() + "\n")
        return
    made = table("feature", "formula", "unit", "warm-up", right=("warm-up",), title="Features")
    for number, feature in enumerate(features):
        if number and feature.scope != features[number - 1].scope:
            made.add_section()
        made.add_row(feature.name, feature.formula, feature.unit, f"{feature.warm_up_bars} bars")
    console().print(made)
