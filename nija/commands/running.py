"""`nija up`, `demo`, `doctor` and `status`: start everything, and see how it is doing."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from nija.commands.options import Json


def up() -> None:
    """Start the simulated exchange, MLflow, Dagster, gateway and executor; Ctrl-C ends them."""
    from nija.bootstrap import chosen_home
    from nija.running.up import run_up

    run_up(chosen_home().folder)


def demo(
    *,
    json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON at the end.")
    ] = False,
    home: Annotated[
        Path | None, typer.Option(help="Keep all state in this folder, instead of a temporary one.")
    ] = None,
) -> None:
    """Run everything once at the simulated exchange: train, release, trade, train on the trades."""
    from nija.running.demo import DemoPlan, run_demo
    from nija.tables.console import console
    from nija.tables.reports import print_report

    progress = console(is_stderr=True)
    with tempfile.TemporaryDirectory(prefix="nija-demo-", ignore_cleanup_errors=True) as temporary:
        report = run_demo(home or Path(temporary), DemoPlan(), notify=progress.print)
    print_report(report, as_json=json)


def doctor(*, json: Json = False) -> None:
    """Check this machine and the settings, and say how to fix what is wrong."""
    from nija.bootstrap import chosen_home
    from nija.running.doctor import examine, raise_if_bad
    from nija.running.settings_check import check_settings
    from nija.tables.reports import print_findings

    findings = examine(chosen_home(), check_settings())
    print_findings(findings, as_json=json)
    raise_if_bad(findings)


def status(*, json: Json = False) -> None:
    """Show whether anything can be bought now, what runs, and how trading is going."""
    from nija.bootstrap import chosen_home, read_settings
    from nija.tables.reports import print_status

    print_status(chosen_home(), read_settings(), as_json=json)
