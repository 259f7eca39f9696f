"""Prints answers about money, as tables or JSON."""

import sys
from collections.abc import Sequence

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table

from nija.tables.console import console, counted, table
from nija_domain.capital.questions import AllocateAnswer
from nija_domain.events.ledger import AllocationDecided
from nija_domain.events.records import WaterfallStep
from nija_domain.market.money import ZERO
from nija_domain.market.timeframes import utc_minute
from nija_domain.statements.allotments import Allotment, lapse_text
from nija_domain.statements.capital import CapitalStatus, Estimate, Projection
from nija_domain.statements.stories import Story
from nija_domain.statistics.evidence import Sample
from nija_domain.trading.order_ids import short_id

BAR_CELLS = 24


def print_answer(answer: object, shown: RenderableType, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    else:
        console().print(shown)


def waterfall_table(waterfall: Sequence[WaterfallStep]) -> Table:
    made = table("step", "factor", "value", right=("factor", "value"), title="Waterfall")
    for step in waterfall:
        made.add_row(step.step.replace("_", " "), f"{step.factor:.4f}", f"{step.value:,.2f}")
    return made


def weights_table(answer: AllocateAnswer) -> Group:
    numbers = ("score", "unscaled", "weight")
    title = f"multiplier {answer.multiplier:.2f}"
    made = table("agent", *numbers, "", right=numbers, title=title)
    for name, weight in answer.weights.items():
        score = f"{answer.scores[name]:.3f}" if name in answer.scores else ""
        unscaled = f"{answer.unscaled.get(name, 0.0):.1%}"
        made.add_row(name, score, unscaled, f"{weight:.1%}", _bar(weight))
    made.add_row("cash", "", "", f"{answer.cash:.1%}", _bar(answer.cash))
    decided = ("changed: " if answer.reallocated else "unchanged: ") + answer.reason
    return Group(made, decided, *([f"why: {answer.why}"] if answer.why else []))


def status_table(status: CapitalStatus) -> Group:
    made = table("what", "value", has_header=False)
    for row in _status_rows(status):
        made.add_row(*row)
    return Group(status.line, made)


def _status_rows(status: CapitalStatus) -> list[tuple[str, str]]:
    stones = status.milestones
    following = f"{_bar(stones.share)} {stones.next:,}" if stones.next is not None else "all passed"
    rows = [
        ("base", f"{status.base:,.2f}"),
        ("reinvested", f"{status.reinvested:,.2f}"),
        ("preserved", f"{status.preserved:,.2f}"),
        ("locked", f"{status.locked:,.2f}"),
        ("equity · peak", f"{status.equity:,.2f} · {status.peak:,.2f}"),
        ("protection", f"{status.level}, sizes × {status.multiplier:g}, floor {status.floor:,.2f}"),
        ("compounding", f"{status.preset}, {status.reinvested_share:.0%} of a profit reinvested"),
        ("milestone", f"{stones.last:,} {following}, bonus {stones.bonus:.0%}"),
        ("so far", _seen(status.sample)),
        ("growth a year", _estimate(status.cagr, "{:.1%}")),
        ("Sharpe ratio", _estimate(status.sharpe, "{:.2f}")),
        (
            "money a day",
            "unknown" if status.growth_a_day is None else f"{status.growth_a_day:,.2f}",
        ),
    ]
    rows += [(f"tuned {name}", f"{value:.3f}") for name, value in status.tuned.items()]
    if status.shadow_equity is not None:
        earned = "earned" if status.is_reopening_earned else "not earned yet"
        rows.append(
            (
                "shadow trades",
                f"{status.shadow_equity:,.2f}, {status.shadow_wins} wins, reopening {earned}",
            )
        )
    return rows


def projection_table(projection: Projection) -> Group:
    """The projection; if there is none, what is missing."""
    head = f"{projection.equity:,.2f} now, {_seen(projection.sample)}"
    if projection.cagr.value is None:
        return Group(head, f"No projection: {projection.cagr.why}.")
    columns = ("in days", "equity", "95 % interval")
    made = table(*columns, right=columns, title=f"growing {projection.cagr.value:.1%} a year")
    for days, foreseen in projection.projected.items():
        if foreseen.value is None or foreseen.interval is None:
            made.add_row(str(days), "–", foreseen.why)
        else:
            low, high = foreseen.interval.low, foreseen.interval.high
            made.add_row(str(days), f"{foreseen.value:,.2f}", f"{low:,.2f} and {high:,.2f}")
    return Group(head, made)


def story_table(story: Story) -> Group:
    """The order that was asked for, then its round trip."""
    order, opened, closed = story.order, story.opened, story.closed
    head = story.kind if story.order_id == order.order_id else f"{story.kind}, of the order"
    lines = [
        (
            f"{story.order_id} ({head}): {order.side} {order.quantity} {order.symbol}"
            f" ({order.role}), decided at {utc_minute(order.at_us)}"
        ),
        (
            f"reason: {order.reason} · regime {order.regime or 'unknown'} · {order.config_id}"
            f" · release {order.release_id}"
        ),
        *(f"filled {fill.quantity} at {fill.price}, fee {fill.fee}" for fill in story.fills),
        *(f"ended: {end}" for end in story.ends),
    ]
    if opened:
        name = f"{opened.position_id}: " if opened.position_id else ""
        lines.append(f"{name}stop at {opened.stop_price}, opened at {utc_minute(opened.at_us)}")
    if closed:
        lines.append(
            f"closed at {utc_minute(closed.at_us)}: {closed.gross - closed.fees:.2f} net of"
            f" {closed.fees:.2f} fees, exit at {closed.exit_price:.8g}"
        )
    shown = [waterfall_table(order.waterfall)] if order.waterfall else []
    return Group(*lines, *shown, _round_trip_table(story))


def _round_trip_table(story: Story) -> Table:
    made = table("order", "role", "filled", "reason and outcome", title="Round trip")
    for order in story.round_trip:
        filled = sum((fill.quantity for fill in order.fills), start=ZERO)
        why = "; ".join((order.reason, *order.ends))
        made.add_row(short_id(order.order_id), order.role, f"{filled:f}", why)
    return made


def allotted_table(in_force: Sequence[Allotment], decided: AllocationDecided) -> Group:
    """The shares in force, and below them the governor's last decision."""
    lines = [_allotment_line(allotment) for allotment in in_force]
    none = "In force: no shares; only the release limits entries."
    return Group(*(lines or [none]), allocations_table([decided]))


def _allotment_line(allotment: Allotment) -> str:
    shares = ", ".join(f"{share.name} {share.weight:.1%}" for share in allotment.shares)
    lapsed = "" if allotment.lapsed_us is None else f"; {lapse_text(allotment.lapsed_us)}"
    return (
        f"In force for {allotment.among}: {shares}, unused {allotment.rest:.1%}"
        f" (directive {allotment.directive} of {utc_minute(allotment.issued_us)}{lapsed})"
    )


def allocations_table(decided: Sequence[AllocationDecided]) -> Table:
    """Two rows per decision: its numbers, and the reason below."""
    columns = ("decided at", "weights", "cash", "multiplier", "changed")
    made = table(*columns, right=("cash", "multiplier"), title="Decisions of the governor")
    for entry in decided:
        weights = ", ".join(f"{name} {weight:.1%}" for name, weight in entry.weights.items())
        moved = "yes" if entry.is_moved else "no"
        made.add_row(
            utc_minute(entry.at_us), weights, f"{entry.cash:.1%}", f"{entry.multiplier:.2f}", moved
        )
        made.add_row("", entry.reason, end_section=True)
    return made


def _seen(sample: Sample) -> str:
    days = "" if sample.days is None else f" over {counted(sample.days, 'day')}"
    return f"{counted(sample.trades, 'closed trade')}{days}"


def _estimate(estimate: Estimate, form: str) -> str:
    if estimate.value is None or estimate.interval is None:
        return estimate.why or ""
    low, high = form.format(estimate.interval.low), form.format(estimate.interval.high)
    return f"{form.format(estimate.value)}, 95 % interval {low} to {high}"


def _bar(share: float) -> str:
    filled = round(min(max(share, 0.0), 1.0) * BAR_CELLS)
    return "█" * filled + "░" * (BAR_CELLS - filled)
