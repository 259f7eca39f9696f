"""`nija`: every command in one list."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from nija.commands.capital import capital_app, show_allocations, why
from nija.commands.regimes import app as regimes_app
from nija_domain.errors import NijaError

app = typer.Typer(
    name="nija", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]


def _tell_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        from nija.bootstrap import read_version

        found = read_version()
        sys.stdout.write(f"nija {found.version} ({found.release}, {found.branch})\n")
        raise typer.Exit


@app.callback()
def nija(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Print it and end."),
    ] = False,
) -> None:
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
    from nija.running.demo import DemoPlan, run_demo
    from nija.tables.console import console
    from nija.tables.reports import print_report

    told = console(is_stderr=True)
    with tempfile.TemporaryDirectory(prefix="nija-demo-", ignore_cleanup_errors=True) as temporary:
        report = run_demo(home or Path(temporary), DemoPlan(), tell=told.print)
    print_report(report, as_json=json)


@app.command()
def up() -> None:
    """Everything that runs, supervised: venue, MLflow, Dagster, gateway, executor."""
    from nija.bootstrap import chosen_home
    from nija.running.up import run_up

    run_up(chosen_home())


@app.command()
def doctor(*, json: Json = False) -> None:
    """What this machine has of what Nija needs, and what to do about the rest."""
    from nija.bootstrap import chosen_home
    from nija.running.doctor import examine, raise_if_bad
    from nija.running.settings_check import check_settings
    from nija.tables.reports import print_findings

    findings = examine(chosen_home(), check_settings())
    print_findings(findings, as_json=json)
    raise_if_bad(findings)


@app.command()
def status(*, json: Json = False) -> None:
    """Whether anything can be entered, what runs now, and how the trading stands."""
    from nija.bootstrap import chosen_home, read_settings
    from nija.home import Home
    from nija.tables.reports import print_status

    print_status(Home(chosen_home()), read_settings(), as_json=json)


@app.command()
def replay(
    journal: Annotated[
        Path | None, typer.Argument(help="A journal; the one of NIJA_HOME if none is named.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Decide a recorded session again, and report the first record that differs."""
    from nija.actions.replay import replay_journal
    from nija.bootstrap import chosen_home
    from nija.home import Home

    told = replay_journal(journal or Home(chosen_home()).journal)
    sys.stdout.write(f"{told.as_line() if json else told.sentence}\n")
    sys.exit(0 if told.is_equal else 1)


@app.command()
def features(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the tables of docs/features.md.")
    ] = False,
) -> None:
    """Every feature with its formula, its unit and its warm-up."""
    from nija.actions.feature_list import list_features, write_markdown
    from nija.tables.reports import print_features

    listed = list_features()
    if markdown:
        sys.stdout.write(write_markdown(listed))
    else:
        print_features(listed, as_json=json)


candles_app = typer.Typer(no_args_is_help=True, help="Files of candles and what they are worth.")
app.add_typer(candles_app, name="candles")
app.add_typer(regimes_app, name="regimes")


@candles_app.command()
def check(
    file: Annotated[
        Path, typer.Argument(help="CSV, Parquet or Feather: ts, open, high, low, close, volume.")
    ],
    *,
    timeframe: Annotated[str, typer.Option(help="The length of a bar: 1m, 5m, 4h, 1d.")],
    now: Annotated[
        int | None,
        typer.Option(help="Milliseconds since 1970 UTC: what is closed, stale or ahead."),
    ] = None,
    symbol: Annotated[
        str | None, typer.Option(help="Whose confirmed steps count, with --venue: BTC/USD.")
    ] = None,
    venue: Annotated[str, typer.Option(help="kraken, binance, imported.")] = "imported",
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Judge a file: exit 0 accept or repair, 1 quarantine, 2 refuse."""
    from nija.actions.candle_files import EXIT_CODES, MICROSECONDS_A_MILLISECOND, check_file
    from nija.bootstrap import chosen_home, read_confirmed, wall_now_us
    from nija.tables.candles import print_candle_report
    from nija_domain.market.venues import Series

    now_us = wall_now_us() if now is None else now * MICROSECONDS_A_MILLISECOND
    confirmed_us = frozenset[int]()
    with _nothing_used_on_failure():
        if symbol is not None:
            market = Series(venue=venue, symbol=symbol, timeframe_us=1)
            confirmed_us = read_confirmed(chosen_home(), market)
        report = check_file(file, timeframe=timeframe, now_us=now_us, confirmed_us=confirmed_us)
    print_candle_report(report, as_json=json)
    sys.exit(EXIT_CODES[report.verdict])


@candles_app.command()
def confirm(
    symbol: Annotated[str, typer.Argument(help="BTC/USD")],
    *,
    at: Annotated[str, typer.Option(help="The bar that steps: 2024-05-01T00:00, UTC.")],
    venue: Annotated[
        str | None, typer.Option(help="Whose market; that of the settings if none.")
    ] = None,
    why: Annotated[str, typer.Option(help="Kept with it.")] = "a person's word",
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Say that a price rightly steps by ten times or more, as after a redenomination."""
    from nija.actions.step_confirmation import confirm_step
    from nija.bootstrap import chosen_home

    with _nothing_used_on_failure():
        confirm_step(chosen_home(), symbol, at=at, venue=venue, why=why, as_json=json)


@contextmanager
def _nothing_used_on_failure() -> Iterator[None]:
    """Of files 1 says that rows were set aside: what stops everything ends with 2."""
    try:
        yield
    except NijaError as error:
        sys.stderr.write(f"nija: {error}\n")
        sys.exit(2)


@app.command()
def ingest(
    *,
    exchange: Annotated[
        str | None, typer.Option(help="binance, or any other that ccxt knows; else the set one.")
    ] = None,
    symbol: Annotated[
        list[str] | None, typer.Option(help="BTC/USD; once for each, all of the settings if none.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(help="From this time on, UTC; what candles do not reach is built of trades."),
    ] = None,
    timeframe: Annotated[str | None, typer.Option(help="1m; that of the settings if none.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON a symbol.")] = False,
) -> None:
    """Fetch the closed candles that the lake misses; an ended one goes on where it was."""
    from nija.actions.ingest import run_ingest
    from nija.bootstrap import chosen_home

    since_us = int(since.replace(tzinfo=UTC).timestamp()) * 1_000_000 if since else None
    is_whole = run_ingest(
        chosen_home(),
        exchange=exchange,
        symbols=tuple(symbol or ()),
        since_us=since_us,
        timeframe=timeframe,
        as_json=json,
    )
    sys.exit(0 if is_whole else 1)


lake_app = typer.Typer(no_args_is_help=True, help="What the lake holds.")
app.add_typer(lake_app, name="lake")


@lake_app.command("status")
def lake_status(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Tables, files, snapshots, the reach of each symbol, what was set aside, the last ingests."""
    from nija.actions.lake_status import print_lake_status
    from nija.bootstrap import chosen_home

    print_lake_status(chosen_home() / "lake", as_json=json)


@lake_app.command("forget")
def lake_forget(
    *,
    venue: Annotated[str, typer.Option(help="Whose candles: `nija lake status` lists them.")],
    symbol: Annotated[str, typer.Option(help="BTC/USD")],
    timeframe: Annotated[str, typer.Option(help="5m")],
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
) -> None:
    """Delete a series of candles: says what will go, asks once, records it in the ledger."""
    from nija.actions.forgetting import forget_series
    from nija.bootstrap import chosen_home

    is_gone = forget_series(
        chosen_home(),
        venue=venue,
        symbol=symbol,
        timeframe=timeframe,
        confirm=None if yes else typer.confirm,
    )
    sys.exit(0 if is_gone else 1)


@app.command("import")
def import_(
    files: Annotated[
        list[Path], typer.Argument(help="CSV, Parquet, Feather, or an exchange's archive.")
    ],
    *,
    symbol: Annotated[str | None, typer.Option(help="BTC/USD, where no name tells it.")] = None,
    timeframe: Annotated[str | None, typer.Option(help="1m, where no name tells it.")] = None,
    venue: Annotated[
        str | None,
        typer.Option(help="Whose market: kraken, binance; `imported` where no name tells it."),
    ] = None,
    restate: Annotated[
        bool, typer.Option("--restate", help="Even where most stored candles become others.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON a table.")] = False,
) -> None:
    """Bring files of candles into the lake, under the quality contract; twice changes nothing."""
    from nija.actions.candle_files import EXIT_CODES, ImportPlan, import_files
    from nija.bootstrap import chosen_home, open_candle_store, read_confirmed, wall_now_us
    from nija.tables.candles import print_imported

    home = chosen_home()
    plan = ImportPlan(
        symbol=symbol,
        timeframe=timeframe,
        venue=venue,
        now_us=wall_now_us(),
        confirmed=lambda series: read_confirmed(home, series),
    )
    with _nothing_used_on_failure(), open_candle_store(home, restating=restate) as store:
        worst = max(
            (
                EXIT_CODES[print_imported(imported, as_json=json)]
                for imported in import_files(files, plan, store=store)
            ),
            default=0,
        )
    sys.exit(worst)


app.add_typer(capital_app, name="capital")
app.command("why")(why)
app.command("allocations")(show_allocations)


def main() -> None:
    try:
        app()
    except NijaError as error:
        sys.stderr.write(f"nija: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
