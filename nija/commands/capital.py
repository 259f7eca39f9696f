"""`nija capital`, `nija why` and `nija allocations`: how much money, and why."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nija_domain.errors import (
    HistoryTooShort,
    NijaError,
    NotFound,
    NumberInvalid,
    QuestionInvalid,
)

if TYPE_CHECKING:
    from nija_domain.events.capital_records import Approval

UNANSWERABLE = 2
UNANSWERABLE_ERRORS = (HistoryTooShort, NotFound, NumberInvalid, QuestionInvalid)

capital_app = typer.Typer(no_args_is_help=True, help="How much money stands behind a decision.")

Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]
Why = Annotated[str, typer.Option(help="The reason, kept with the decision.")]


@contextmanager
def _unanswerable_named() -> Iterator[None]:
    """What cannot be answered is told by its field and ends with 2."""
    try:
        yield
    except UNANSWERABLE_ERRORS as error:
        sys.stderr.write(f"nija: {error}\n")
        sys.exit(UNANSWERABLE)


@capital_app.command()
def size(*, json: Json = False) -> None:
    """The size of an entry with its waterfall, for the JSON on standard input."""
    from nija.bootstrap import read_limits
    from nija.tables.capital import print_answer, waterfall_table
    from nija_domain.capital.questions import SizeQuestion, answer_size, read_question

    with _unanswerable_named():
        question = read_question(sys.stdin.buffer.read(), SizeQuestion)
        answer, refusal = answer_size(question, read_limits())
    print_answer(answer, waterfall_table(answer.waterfall), as_json=json)
    if refusal:
        sys.stderr.write(f"nija: refused: {refusal}\n")


@capital_app.command()
def allocate(*, json: Json = False) -> None:
    """Weights of agents for the JSON on standard input, and whether they move."""
    from nija.bootstrap import read_limits
    from nija.tables.capital import print_answer, weights_table
    from nija_domain.capital.questions import AllocateQuestion, answer_allocation, read_question

    with _unanswerable_named():
        question = read_question(sys.stdin.buffer.read(), AllocateQuestion)
        answer = answer_allocation(question, read_limits())
    print_answer(answer, weights_table(answer), as_json=json)


@capital_app.command()
def status(*, json: Json = False) -> None:
    """Buckets, protection, milestones and what was tuned, as the journal has them."""
    from nija.capital_reports import fold_journal, tell_status
    from nija.tables.capital import print_answer, status_table

    told = tell_status(fold_journal(_journal()))
    print_answer(told, status_table(told), as_json=json)


@capital_app.command()
def project(*, json: Json = False) -> None:
    """Equity in 30, 90 and 365 days if it went on as it went so far."""
    from nija.capital_reports import fold_journal, tell_projection
    from nija.tables.capital import print_answer, projection_table

    told = tell_projection(fold_journal(_journal()))
    print_answer(told, projection_table(told), as_json=json)


@capital_app.command()
def simulate(  # noqa: PLR0913 - each is an option that a person may leave out
    *,
    preset: Annotated[str | None, typer.Option(help="One preset; all if none is named.")] = None,
    returns: Annotated[
        Path | None,
        typer.Option(help="A JSON list of net returns instead of the journal's trades."),
    ] = None,
    starting: Annotated[float, typer.Option(help="Money at the start.")] = 1_000.0,
    trades: Annotated[int, typer.Option(min=1, max=100_000, help="Trades in each future.")] = 500,
    paths: Annotated[int, typer.Option(min=1, max=100_000, help="Futures.")] = 2_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same futures.")] = 1,
    plot: Annotated[
        Path | None, typer.Option(help="Write the picture here; .png, .svg or .pdf, by the name.")
    ] = None,
    json: Json = False,
) -> None:
    """Ruin, drawdown and time to the next milestone under each preset, from bootstrapped trades."""
    from nija.actions.capital_outlook import (
        OutlookPlan,
        check_plot,
        foresee_presets,
        print_outlooks,
    )

    with _unanswerable_named():
        check_plot(plot)
        plan = OutlookPlan(preset=preset, starting=starting, trades=trades, paths=paths, seed=seed)
        foreseen = foresee_presets(plan, journal=_journal(), returns=returns)
        print_outlooks(foreseen, plot=plot, as_json=json)


@capital_app.command()
def undo(*, why: Why = "a person's wish", json: Json = False) -> None:
    """Take back the last day's adaptive moves; they stay back for 30 days."""
    _approve("undo", why, as_json=json)


@capital_app.command()
def reopen(*, why: Why, json: Json = False) -> None:
    """Approve of trading again after a halt, once paper trading has earned it."""
    _approve("reopen", why, as_json=json)


def _approve(kind: "Approval", why: str, *, as_json: bool) -> None:
    """Only what would have an effect is sent."""
    from nija.actions.capital_approvals import approve
    from nija.bootstrap import chosen_home
    from nija.tables.capital import print_answer

    with _unanswerable_named():
        issued = approve(kind, why=why, home=chosen_home())
    print_answer(issued, f"directive {issued.number}: {issued.told}", as_json=as_json)


def why(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ID|SYMBOL",
            help="An order, stop or trade by its id or how that begins; BTC/USD for what is open.",
        ),
    ],
    *,
    json: Json = False,
) -> None:
    """Why an order, a stop, a position or a trade is as it is: its size, and what became of it."""
    from nija.capital_reports import tell_asked
    from nija.tables.capital import print_answer, story_table

    with _unanswerable_named():
        story = tell_asked(_journal(), what)
    print_answer(story, story_table(story), as_json=json)


def show_allocations(
    *,
    history: Annotated[bool, typer.Option("--history", help="Every decision so far.")] = False,
    json: Json = False,
) -> None:
    """Who may have how much money: the weights in force, and the governor's last decision."""
    from msgspec import to_builtins

    from nija.bootstrap import chosen_home, read_ledger
    from nija.capital_reports import allotments_in_force
    from nija.tables.capital import allocations_table, allotted_table, print_answer
    from nija_domain.events.ledger import AllocationDecided

    decided = [e for e in read_ledger(chosen_home()) if isinstance(e, AllocationDecided)]
    if not decided:
        raise NijaError("the governor has not decided yet; it does every five minutes of `make up`")
    if history:
        print_answer(decided, allocations_table(decided), as_json=json)
        return
    in_force = allotments_in_force(_journal())
    answer = {**to_builtins(decided[-1]), "in_force": in_force}
    print_answer(answer, allotted_table(in_force, decided[-1]), as_json=json)


def _journal() -> Path:
    from nija.bootstrap import chosen_home

    return chosen_home().journal
