"""`nija`: every command in one list."""

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from nija_domain.errors import NijaError

app = typer.Typer(
    name="nija", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def nija() -> None:
    """A pipeline platform that learns and a thin executor that trades; paper by default."""


@app.command()
def demo(
    *,
    json: Annotated[bool, typer.Option("--json", help="End in one line of JSON.")] = False,
    home: Annotated[
        Path | None, typer.Option(help="Keep the state here instead of a temporary folder.")
    ] = None,
) -> None:
    """The whole line on a simulated venue: train, release, trade, and train on what was traded."""
    from rich.console import Console

    from nija.demo import DemoPlan, run_demo
    from nija.tables import print_report

    told = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="nija-demo-", ignore_cleanup_errors=True) as temporary:
        report = run_demo(home or Path(temporary), DemoPlan(), tell=told.print)
    print_report(report, as_json=json)


def main() -> None:
    try:
        app()
    except NijaError as error:
        sys.stderr.write(f"nija: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
