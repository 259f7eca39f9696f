"""Answers about money, as a table for a person or a line for a program."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from rich.console import Console, Group, RenderableType
from rich.table import Table

from nija.capital_questions import AllocateAnswer
from nija.capital_reports import CapitalStatus, Estimate, OrderStory, Projection
from nija_domain.events.ledger import AllocationDecided
from nija_domain.events.records import WaterfallStep
from nija_domain.market.timeframes import SECOND_US
from nija_domain.statistics.evidence import Sample

BAR_CELLS = 24


def print_answer(answer: object, table: RenderableType, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    else:
        Console().print(table)


def waterfall_table(waterfall: Sequence[WaterfallStep]) -> Table:
    table = Table(title="Waterfall", title_justify="left")
    table.add_column("step")
    for column in ("factor", "value"):
        table.add_column(column, justify="right")
    for step in waterfall:
        table.add_row(step.step.replace("_", " "), f"{step.factor:.4f}", f"{step.value:,.2f}")
    return table


def weights_table(answer: AllocateAnswer) -> Group:
    table = Table(title=f"multiplier {answer.multiplier:.2f}", title_justify="left")
    table.add_column("agent")
    for column in ("score", "unscaled", "weight"):
        table.add_column(column, justify="right")
    table.add_column("")
    for name, weight in answer.weights.items():
        numbers = (f"{answer.scores[name]:.3f}" if name in answer.scores else "",)
        unscaled = f"{answer.unscaled.get(name, 0.0):.1%}"
        table.add_row(name, *numbers, unscaled, f"{weight:.1%}", _bar(weight))
    table.add_row("cash", "", "", f"{answer.cash:.1%}", _bar(answer.cash))
    decided = ("moved: " if answer.reallocated else "stands: ") + answer.reason
    return Group(table, decided, *([f"why: {answer.why}"] if answer.why else []))


def status_table(told: CapitalStatus) -> Group:
    table = Table(show_header=False)
    for row in _status_rows(told):
        table.add_row(*row)
    return Group(told.line, table)


def _status_rows(told: CapitalStatus) -> list[tuple[str, str]]:
    stones = told.milestones
    following = f"{_bar(stones.share)} {stones.next:,}" if stones.next is not None else "all passed"
    rows = [
        ("base", f"{told.base:,.2f}"),
        ("reinvested", f"{told.reinvested:,.2f}"),
        ("preserved", f"{told.preserved:,.2f}"),
        ("locked", f"{told.locked:,.2f}"),
        ("equity · peak", f"{told.equity:,.2f} · {told.peak:,.2f}"),
        ("protection", f"{told.level}, sizes × {told.multiplier:g}, floor {told.floor:,.2f}"),
        ("compounding", f"{told.preset}, {told.reinvested_share:.0%} of a profit reinvested"),
        ("milestone", f"{stones.last:,} {following}, bonus {stones.bonus:.0%}"),
        ("seen so far", _seen(told.sample)),
        ("growth a year", _estimate(told.cagr, "{:.1%}")),
        ("Sharpe ratio", _estimate(told.sharpe, "{:.2f}")),
        ("money a day", "unknown" if told.growth_a_day is None else f"{told.growth_a_day:,.2f}"),
    ]
    rows += [(f"tuned {name}", f"{value:.3f}") for name, value in told.tuned.items()]
    if told.paper_equity is not None:
        earned = "earned" if told.is_reopening_earned else "not earned yet"
        rows.append(
            ("on paper", f"{told.paper_equity:,.2f}, {told.paper_wins} wins, reopening {earned}")
        )
    return rows


def projection_table(told: Projection) -> Group:
    """Where nothing may be foreseen, what is there and what is missing, once."""
    head = f"{told.equity:,.2f} now, {_seen(told.sample)}"
    if told.cagr.value is None:
        return Group(head, f"No projection: {told.cagr.why}.")
    table = Table(title=f"growing {told.cagr.value:.1%} a year", title_justify="left")
    for column in ("in days", "equity", "95 % lie between"):
        table.add_column(column, justify="right")
    for days, foreseen in told.projected.items():
        if foreseen.value is None or foreseen.interval is None:
            table.add_row(str(days), "–", foreseen.why)
        else:
            low, high = foreseen.interval.low, foreseen.interval.high
            table.add_row(str(days), f"{foreseen.value:,.2f}", f"{low:,.2f} and {high:,.2f}")
    return Group(head, table)


def order_table(story: OrderStory) -> Group:
    order = story.order
    lines = [
        (
            f"{order.order_id}: {order.side} {order.quantity} {order.symbol} ({order.role}),"
            f" decided at {_moment(order.at_us)}"
        ),
        (
            f"because {order.reason} · regime {order.regime or 'unknown'} · {order.config_id}"
            f" · release {order.release_id}"
        ),
        *(f"filled {fill.quantity} at {fill.price}, fee {fill.fee}" for fill in story.fills),
        *(f"ended: {end}" for end in story.ends),
    ]
    return Group(*lines, *([waterfall_table(order.waterfall)] if order.waterfall else []))


def allocations_table(decided: Sequence[AllocationDecided]) -> Table:
    table = Table(title="Allocations", title_justify="left")
    for column in ("at", "weights", "cash", "multiplier", "moved", "reason"):
        table.add_column(column)
    for entry in decided:
        weights = ", ".join(f"{name} {weight:.1%}" for name, weight in entry.weights.items())
        table.add_row(
            _moment(entry.at_us),
            weights,
            f"{entry.cash:.1%}",
            f"{entry.multiplier:.2f}",
            "yes" if entry.is_moved else "no",
            entry.reason,
        )
    return table


def _moment(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / SECOND_US, UTC).strftime("%Y-%m-%d %H:%M")


def _seen(sample: Sample) -> str:
    days = "" if sample.days is None else f" over {sample.days} days"
    return f"{sample.trades} closed trades{days}"


def _estimate(told: Estimate, form: str) -> str:
    if told.value is None or told.interval is None:
        return told.why or ""
    low, high = form.format(told.interval.low), form.format(told.interval.high)
    return f"{form.format(told.value)}, 95 % interval {low} to {high}"


def _bar(share: float) -> str:
    filled = round(min(max(share, 0.0), 1.0) * BAR_CELLS)
    return "█" * filled + "░" * (BAR_CELLS - filled)
