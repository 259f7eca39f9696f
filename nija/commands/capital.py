"""`nija capital`, `nija why` and `nija allocations`: how much money, and why."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nija.commands.options import Json
from nija_domain.errors import (
    HistoryTooShort,
    NijaError,
    NotFound,
    NumberInvalid,
    QuestionInvalid,
)

if TYPE_CHECKING:
    from nija_domain.events.capital_records import Approval
    from nija_domain.statements.allotments import Allotment

UNANSWERABLE = 2
UNANSWERABLE_ERRORS = (HistoryTooShort, NotFound, NumberInvalid, QuestionInvalid)

capital_app = typer.Typer(
    no_args_is_help=True, help="Sizes, buckets, protection and milestones of the account."
)

Why = Annotated[str, typer.Option(help="The reason, stored with the decision.")]


@contextmanager
def _unanswerable_named() -> Iterator[None]:
    """A question that cannot be answered ends with exit code 2; the message names the field."""
    try:
        yield
    except UNANSWERABLE_ERRORS as error:
        sys.stderr.write(f"nija: {error}\n")
        sys.exit(UNANSWERABLE)


@capital_app.command()
def size(*, json: Json = False) -> None:
    """Compute the size of an entry, step by step, for the JSON on standard input."""
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
    """Compute the agents' shares for the JSON on standard input, and whether they would change."""
    from nija.bootstrap import read_limits
    from nija.tables.capital import print_answer, weights_table
    from nija_domain.capital.questions import AllocateQuestion, answer_allocation, read_question

    with _unanswerable_named():
        question = read_question(sys.stdin.buffer.read(), AllocateQuestion)
        answer = answer_allocation(question, read_limits())
    print_answer(answer, weights_table(answer), as_json=json)


@capital_app.command()
def status(*, json: Json = False) -> None:
    """Show the buckets, the protection level, the milestones and the tuned settings."""
    from nija.reading import read_statement
    from nija.tables.capital import print_answer, status_table
    from nija_domain.statements.capital import describe_capital

    answer = describe_capital(read_statement(_journal()))
    print_answer(answer, status_table(answer), as_json=json)


@capital_app.command()
def project(*, json: Json = False) -> None:
    """Project the equity in 30, 90 and 365 days if the pace so far continued."""
    from nija.reading import read_statement
    from nija.tables.capital import print_answer, projection_table
    from nija_domain.statements.capital import describe_projection

    answer = describe_projection(read_statement(_journal()))
    print_answer(answer, projection_table(answer), as_json=json)


@capital_app.command()
def simulate(  # noqa: PLR0913 - each is an option that a person may leave out
    *,
    preset: Annotated[str | None, typer.Option(help="One capital preset. Default: all.")] = None,
    returns: Annotated[
        Path | None,
        typer.Option(
            help="A JSON file with a list of net returns, instead of the trades in the journal."
        ),
    ] = None,
    starting: Annotated[float, typer.Option(help="Equity at the start.")] = 1_000.0,
    trades: Annotated[
        int, typer.Option(min=1, max=100_000, help="Trades in each simulated path.")
    ] = 500,
    paths: Annotated[
        int, typer.Option(min=1, max=100_000, help="Number of simulated paths.")
    ] = 2_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same paths.")] = 1,
    plot: Annotated[
        Path | None, typer.Option(help="Write a picture to this file: .png, .svg or .pdf.")
    ] = None,
    json: Json = False,
) -> None:
    """Estimate ruin, drawdown and time to the next milestone for each capital preset.

    The trades so far are drawn again many times (a bootstrap).
    """
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
def undo(*, why: Why = "asked for by hand", json: Json = False) -> None:
    """Undo the adaptive changes of the last day, and block new ones for 30 days."""
    _approve("undo", why, as_json=json)


@capital_app.command()
def reopen(*, why: Why, json: Json = False) -> None:
    """Allow trading again after HALT, once shadow trades have earned it."""
    _approve("reopen", why, as_json=json)


def _approve(kind: "Approval", why: str, *, as_json: bool) -> None:
    """Send an approval, but only one that would have an effect."""
    from nija.actions.capital_approvals import approve
    from nija.bootstrap import chosen_home
    from nija.tables.capital import print_answer

    with _unanswerable_named():
        issued = approve(kind, why=why, home=chosen_home())
    print_answer(issued, f"directive {issued.number}: {issued.effect}", as_json=as_json)


def why(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ID|SYMBOL",
            help="Id of an order, stop or trade, or its first characters; or a symbol such as"
            " BTC/USD for its open position.",
        ),
    ],
    *,
    json: Json = False,
) -> None:
    """Explain an order, a stop, a position or a trade: its reason, its size and its outcome."""
    from nija.reading import read_events
    from nija.tables.capital import print_answer, story_table
    from nija_domain.statements.stories import find_story

    with _unanswerable_named():
        story = find_story(read_events(_journal()), what)
    print_answer(story, story_table(story), as_json=json)


def _in_force(journal: Path) -> tuple["Allotment", ...]:
    """The shares that limit entries, from the journal; none if there is no journal yet."""
    from nija.reading import read_statement
    from nija_domain.statements.allotments import allotments_of

    if not journal.exists():
        return ()
    statement = read_statement(journal)
    return allotments_of(statement.state, at_us=statement.last_us)


def show_allocations(
    *,
    history: Annotated[bool, typer.Option("--history", help="List every decision so far.")] = False,
    json: Json = False,
) -> None:
    """Show each agent's share of the equity, and the governor's last decision."""
    from msgspec import to_builtins

    from nija.bootstrap import chosen_home, read_ledger
    from nija.tables.capital import allocations_table, allotted_table, print_answer
    from nija_domain.events.ledger import AllocationDecided

    decided = [e for e in read_ledger(chosen_home()) if isinstance(e, AllocationDecided)]
    if not decided:
        raise NijaError(
            "the governor has not decided yet; it decides every five minutes while `make up` runs"
        )
    if history:
        print_answer(decided, allocations_table(decided), as_json=json)
        return
    in_force = _in_force(_journal())
    answer = {**to_builtins(decided[-1]), "in_force": in_force}
    print_answer(answer, allotted_table(in_force, decided[-1]), as_json=json)


def _journal() -> Path:
    from nija.bootstrap import chosen_home

    return chosen_home().journal
