"""`nija storm`: play the executor against faults, seed by seed."""

import sys
from typing import Annotated

import typer

from nija.commands.options import Json


def storm(
    *,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds to play.")] = 100,
    first: Annotated[int, typer.Option(min=0, help="The first of them.")] = 0,
    faults: Annotated[
        int | None, typer.Option(min=0, help="Only so many of a seed's faults, the first ones.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes to play them in. Default: one a core.")
    ] = None,
    json: Json = False,
) -> None:
    """Play the whole executor in a simulation of venue, machine and people that lie and fail.

    Nothing leaves this process; the same seed and the same code give the same journal.

    Exit code: 0 nothing went wrong, 1 something did: the command that repeats it is printed.
    """
    from nija.actions.storm import play_storm
    from nija.tables.storm import print_storm, show_progress

    with show_progress(seeds) as advance:
        report = play_storm(first, seeds, faults=faults, workers=workers, advance=advance)
    if json:
        sys.stdout.write(f"{report.as_line()}\n")
    else:
        print_storm(report)
    sys.exit(0 if report.is_passed else 1)
