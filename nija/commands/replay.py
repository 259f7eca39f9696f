"""`nija replay`: decide a recorded session again and compare."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from nija.commands.options import Json


def replay(
    journal: Annotated[
        Path | None, typer.Argument(help="The journal file. Default: the one in NIJA_HOME.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Repeat the decisions of a recorded session and report the first record that differs."""
    from nija.actions.replay import replay_journal
    from nija.bootstrap import chosen_home

    found = replay_journal(journal or chosen_home().journal)
    sys.stdout.write(f"{found.as_line() if json else found.sentence}\n")
    sys.exit(0 if found.is_equal else 1)
