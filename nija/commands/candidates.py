"""`nija league` and `nija candidate`: releases on paper beside the live book."""

import sys
from typing import Annotated

import typer

from nija.commands.options import Json

candidate_app = typer.Typer(
    no_args_is_help=True, help="Put a release on paper beside the live book, or end one."
)


def league(*, json: Json = False) -> None:
    """Compare the live book and the candidates on paper: returns, trades, win rates, drawdowns."""
    from nija.bootstrap import chosen_home
    from nija.reading import read_statement
    from nija.tables.capital import print_answer
    from nija.tables.league import league_table
    from nija_domain.statements.league import league_of

    rows = league_of(read_statement(chosen_home().journal))
    print_answer(rows, league_table(rows), as_json=json)


@candidate_app.command()
def add(
    release: Annotated[str, typer.Argument(help="Its id, such as r-1f3a5c7e9b0d-7.")],
    *,
    channel: Annotated[
        str | None,
        typer.Option(help="candidate-1, -2 or -3; what trades there ends. Default: a free one."),
    ] = None,
) -> None:
    """Let a release trade on paper, if a trusted key signed it."""
    from nija.bootstrap import add_candidate, chosen_home

    taken = add_candidate(chosen_home(), release, channel=channel)
    sys.stdout.write(
        f"{taken} points at {release}: it begins with the executor's next turn, with the live"
        " equity of then. See `nija league`.\n"
    )


@candidate_app.command()
def drop(
    channel: Annotated[str, typer.Argument(help="candidate-1, candidate-2 or candidate-3.")],
) -> None:
    """End a candidate: its book ends with the executor's next turn; its trades stay recorded."""
    from nija.bootstrap import chosen_home, drop_candidate

    release = drop_candidate(chosen_home(), channel)
    sys.stdout.write(f"{channel} is empty; {release} stays stored and can be added again.\n")
