"""Prints what a storm came to: what has to be zero, what struck, and what failed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.text import Text

from nija.tables.console import console, counted, table
from storm.outcome import COUNTED, UNPROTECTED_S_MAX
from storm.report import Failure, StormReport

_MEANINGS = {
    "duplicate_orders": "orders that the venue took twice",
    "oversold": "sales of more than had been bought",
    "limit_breaches": "entries that a hard limit forbids",
    "lost_fills": "trades that the journal lacks or made up",
    "unexplained_balances": "assets that the books cannot explain",
    "unknown_after_recovery": "orders that nobody knows about in the end",
    "foreign_touched": "other people's orders and coins",
    "failures": "what the program did not foresee",
}
_FAILURES_SHOWN = 10


@contextmanager
def show_progress(seeds: int) -> Iterator[Callable[[], None]]:
    """A bar on a terminal's error stream, and nothing elsewhere."""
    err = console(is_stderr=True)
    bar = Progress(
        BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=err, transient=True
    )
    bar.disable = not err.is_terminal
    with bar:
        task = bar.add_task("", total=seeds)
        yield lambda: bar.advance(task)


def print_storm(report: StormReport) -> None:
    console().print(*_parts(report), sep="\n")


def _parts(report: StormReport) -> Iterator[RenderableType]:
    head = (
        f"{counted(report.seeds, 'seed')} from {report.first} on,"
        f" {counted(report.orders, 'order')}, {counted(report.starts, 'start')} of the executor"
    )
    yield Text(head, style="green" if report.is_passed else "red")
    yield _counts(report)
    yield _struck("faults that struck", report.faults_hit)
    yield _struck("ways back that were taken", report.branches_hit)
    if report.not_hit:
        yield Text(f"not in these seeds: {', '.join(report.not_hit)}")
    for failure in report.failed[:_FAILURES_SHOWN]:
        yield from _failure(failure)
    left = len(report.failed) - _FAILURES_SHOWN
    if left > 0:
        yield Text(f"and {counted(left, 'more failing seed')}; --json names them all", style="red")
    yield Text(f"last journal: {report.journal_hash}")


def _counts(report: StormReport) -> RenderableType:
    made = table("must be zero", "", right=("",))
    for name in COUNTED:
        made.add_row(_MEANINGS[name], f"{getattr(report, name)}")
    made.add_section()
    longest = f"{report.unprotected_s_max:.1f} s"
    made.add_row(f"longest time without a stop (at most {UNPROTECTED_S_MAX:g} s)", longest)
    made.add_row("all times without a stop together", f"{report.unprotected_s_sum:,.0f} s")
    return made


def _struck(title: str, counts: dict[str, int]) -> RenderableType:
    told = ", ".join(
        f"{name.replace('_', ' ')} {times:,}" for name, times in counts.items() if times
    )
    return Text(f"{title}: {told or 'none'}")


def _failure(failure: Failure) -> Iterator[RenderableType]:
    for name, found in failure.wrong.items():
        yield Text(f"seed {failure.seed}, {name.replace('_', ' ')}: {found[0]}", style="red")
    yield Text(f"repeat it: .venv/bin/{failure.command}")
