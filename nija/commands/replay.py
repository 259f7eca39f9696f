"""`nija replay`: decide a recorded session again and compare."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from nija.commands.options import Json, nothing_used_on_failure


def replay(
    journal: Annotated[
        Path | None, typer.Argument(help="The journal file. Default: the one in NIJA_HOME.")
    ] = None,
    *,
    against: Annotated[
        Path | None, typer.Option(help="Another journal of the same market to compare with.")
    ] = None,
    within: Annotated[
        float, typer.Option(min=0.0, help="With --against: seconds that answers may lie apart.")
    ] = 0.0,
    json: Json = False,
) -> None:
    """Repeat the decisions of a recorded session, or compare it with another one.

    Names the first difference, its class, and what to do.

    Exit code: 0 nothing differs, 1 something differs, 2 it cannot be compared.
    """
    from nija.actions.replay import compare_journals, replay_journal
    from nija.bootstrap import chosen_home
    from nija.tables.replay import print_replay

    with nothing_used_on_failure():
        path = journal or chosen_home().journal
        found = (
            compare_journals(path, against, within_s=within) if against else replay_journal(path)
        )
    if json:
        sys.stdout.write(f"{found.as_line()}\n")
    else:
        print_replay(found)
    sys.exit(0 if found.is_equal else 1)
