"""`nija`: every command in one list."""

import sys
from typing import Annotated

import typer

from nija.commands import (
    candidates,
    candles,
    capital,
    features,
    journal,
    lake,
    regimes,
    replay,
    running,
    safety,
    storm,
)
from nija_domain.errors import NijaError

app = typer.Typer(
    name="nija", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        from nija.bootstrap import read_version

        found = read_version()
        sys.stdout.write(f"nija {found.version} ({found.build_id}, {found.branch})\n")
        raise typer.Exit


@app.callback()
def nija(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Train trading models, trade them on paper, and ask why each decision was made."""


app.command()(running.demo)
app.command()(running.up)
app.command()(running.doctor)
app.command()(running.status)
app.command()(safety.kill)
app.command()(safety.disarm)
app.command()(safety.suspend)
app.command("reduce-only")(safety.reduce_only)
app.command()(safety.resume)
app.command()(safety.lift)
app.command()(replay.replay)
app.command()(storm.storm)
app.command()(features.features)
app.command()(candles.ingest)
app.command("import")(candles.import_)
app.command()(capital.why)
app.command("allocations")(capital.show_allocations)
app.add_typer(safety.approve_app, name="approve")
app.command()(candidates.league)
app.add_typer(candidates.candidate_app, name="candidate")
app.add_typer(candles.candles_app, name="candles")
app.add_typer(regimes.app, name="regimes")
app.add_typer(lake.lake_app, name="lake")
app.add_typer(journal.journal_app, name="journal")
app.add_typer(capital.capital_app, name="capital")


def main() -> None:
    try:
        app()
    except NijaError as error:
        sys.stderr.write(f"nija: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
