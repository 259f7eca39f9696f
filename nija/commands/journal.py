"""`nija journal`: check the executor's record, and copy it out whole."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from nija.commands.options import Json, nothing_used_on_failure

journal_app = typer.Typer(
    no_args_is_help=True, help="Check the executor's journal, or export it to Parquet."
)


@journal_app.command()
def verify(
    journal: Annotated[
        Path | None, typer.Argument(help="The journal file. Default: the one in NIJA_HOME.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Follow the whole hash chain. Exit code: 0 whole, 1 broken, 2 it cannot be checked."""
    from nija.actions.journal_check import verify_journal
    from nija.bootstrap import chosen_home

    with nothing_used_on_failure():
        verdict = verify_journal(journal or chosen_home().journal)
    sys.stdout.write(f"{verdict.as_line() if json else verdict.sentence}\n")
    sys.exit(0 if verdict.is_whole else 1)


@journal_app.command()
def export(
    *,
    to: Annotated[Path, typer.Option(help="The Parquet file to write; it must not exist yet.")],
    after: Annotated[
        int, typer.Option(min=0, help="Only the records after this number, as of the last export.")
    ] = 0,
    journal: Annotated[
        Path | None, typer.Option(help="The journal file. Default: the one in NIJA_HOME.")
    ] = None,
    json: Json = False,
) -> None:
    """Copy the journal to Parquet: number, venue time, kind, the stored bytes and their hash."""
    from nija.actions.journal_export import export_records
    from nija.bootstrap import chosen_home

    done = export_records(journal or chosen_home().journal, to, after=after)
    sys.stdout.write(f"{done.as_line() if json else done.sentence}\n")
