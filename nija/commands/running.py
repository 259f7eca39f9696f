"""`nija up`, `demo`, `doctor` and `status`: what runs, and how it stands."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from nija.commands.options import Json


def up() -> None:
    """Everything that runs, supervised: venue, MLflow, Dagster, gateway, executor."""
    from nija.bootstrap import chosen_home
    from nija.running.up import run_up

    run_up(chosen_home().folder)


def demo(
    *,
    json: Annotated[bool, typer.Option("--json", help="End in one line of JSON.")] = False,
    home: Annotated[
        Path | None, typer.Option(help="Keep the state here instead of a temporary folder.")
    ] = None,
) -> None:
    """The whole line on a simulated venue: train, release, trade, and train on what was traded."""
    from nija.running.demo import DemoPlan, run_demo
    from nija.tables.console import console
    from nija.tables.reports import print_report

    told = console(is_stderr=True)
    with tempfile.TemporaryDirectory(prefix="nija-demo-", ignore_cleanup_errors=True) as temporary:
        report = run_demo(home or Path(temporary), DemoPlan(), tell=told.print)
    print_report(report, as_json=json)


def doctor(*, json: Json = False) -> None:
    """What this machine has of what Nija needs, and what to do about the rest."""
    from nija.bootstrap import chosen_home
    from nija.running.doctor import examine, raise_if_bad
    from nija.running.settings_check import check_settings
    from nija.tables.reports import print_findings

    findings = examine(chosen_home(), check_settings())
    print_findings(findings, as_json=json)
    raise_if_bad(findings)


def status(*, json: Json = False) -> None:
    """Whether anything can be entered, what runs now, and how the trading stands."""
    from nija.bootstrap import chosen_home, read_settings
    from nija.tables.reports import print_status

    print_status(chosen_home(), read_settings(), as_json=json)
