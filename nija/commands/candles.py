"""`nija candles`, `import` and `ingest`: candles judged, and brought into the lake."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from nija.commands.options import Json, nothing_used_on_failure

candles_app = typer.Typer(
    no_args_is_help=True, help="Check candle files, and confirm large price steps."
)


@candles_app.command()
def check(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV, Parquet or Feather with the columns ts, open, high, low, close, volume."
        ),
    ],
    *,
    timeframe: Annotated[str, typer.Option(help="Length of one bar: 1m, 5m, 4h, 1d.")],
    now: Annotated[
        int | None,
        typer.Option(
            help="The current time in milliseconds since 1970 UTC, to tell which bars are closed,"
            " stale or in the future. Default: the clock of this machine."
        ),
    ] = None,
    symbol: Annotated[
        str | None,
        typer.Option(
            help="Accept the price steps confirmed for this symbol at --venue, such as BTC/USD."
        ),
    ] = None,
    venue: Annotated[
        str, typer.Option(help="The venue for --symbol: kraken, binance, imported.")
    ] = "imported",
    json: Json = False,
) -> None:
    """Check a candle file. Exit code: 0 accept or repair, 1 quarantine, 2 refuse."""
    from nija.actions.candle_files import EXIT_CODES, MICROSECONDS_A_MILLISECOND, check_file
    from nija.bootstrap import chosen_home, read_confirmed, wall_now_us
    from nija.tables.candles import print_candle_report
    from nija_domain.market.venues import Series

    now_us = wall_now_us() if now is None else now * MICROSECONDS_A_MILLISECOND
    confirmed_us = frozenset[int]()
    with nothing_used_on_failure():
        if symbol is not None:
            market = Series(venue=venue, symbol=symbol, timeframe_us=1)
            confirmed_us = read_confirmed(chosen_home(), market)
        report = check_file(file, timeframe=timeframe, now_us=now_us, confirmed_us=confirmed_us)
    print_candle_report(report, as_json=json)
    sys.exit(EXIT_CODES[report.verdict])


@candles_app.command()
def confirm(
    symbol: Annotated[str, typer.Argument(help="The symbol, such as BTC/USD.")],
    *,
    at: Annotated[
        str, typer.Option(help="Open time of the bar with the step, UTC: 2024-05-01T00:00.")
    ],
    venue: Annotated[
        str | None, typer.Option(help="The venue. Default: the one in the settings.")
    ] = None,
    why: Annotated[
        str, typer.Option(help="The reason, stored with the confirmation.")
    ] = "confirmed by hand",
    json: Json = False,
) -> None:
    """Confirm that a price step of ten times or more is right, as after a redenomination."""
    from nija.actions.step_confirmation import confirm_step
    from nija.bootstrap import chosen_home

    with nothing_used_on_failure():
        confirm_step(chosen_home(), symbol, at=at, venue=venue, why=why, as_json=json)


def ingest(
    *,
    exchange: Annotated[
        str | None,
        typer.Option(
            help="binance, or any exchange that ccxt knows. Default: the one in the settings."
        ),
    ] = None,
    symbol: Annotated[
        list[str] | None,
        typer.Option(
            help="A symbol such as BTC/USD; repeat for more. Default: all in the settings."
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(help="Start time, UTC. Older candles are rebuilt from trades."),
    ] = None,
    timeframe: Annotated[
        str | None, typer.Option(help="Length of one bar, such as 1m. Default: as in the settings.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON per symbol.")
    ] = False,
) -> None:
    """Fetch the closed candles that the lake lacks. An interrupted run resumes."""
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


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(help="CSV, Parquet or Feather files, or an exchange's archive."),
    ],
    *,
    symbol: Annotated[
        str | None, typer.Option(help="The symbol, such as BTC/USD, if the file name has none.")
    ] = None,
    timeframe: Annotated[
        str | None, typer.Option(help="Length of one bar, such as 1m, if the file name has none.")
    ] = None,
    venue: Annotated[
        str | None,
        typer.Option(
            help="The venue: kraken, binance. `imported` if neither this nor the file name says it."
        ),
    ] = None,
    restate: Annotated[
        bool, typer.Option("--restate", help="Import even if most stored candles would change.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON per table.")] = False,
) -> None:
    """Import candle files into the lake and check them. Importing twice changes nothing."""
    from nija.actions.candle_files import EXIT_CODES, ImportPlan, import_files
    from nija.actions.candle_store import open_candle_store
    from nija.bootstrap import chosen_home, read_confirmed, wall_now_us
    from nija.tables.candles import print_imported

    home = chosen_home()
    plan = ImportPlan(
        symbol=symbol,
        timeframe=timeframe,
        venue=venue,
        now_us=wall_now_us(),
        confirmed=lambda series: read_confirmed(home, series),
    )
    with nothing_used_on_failure(), open_candle_store(home, restating=restate) as store:
        worst = max(
            (
                EXIT_CODES[print_imported(imported, as_json=json)]
                for imported in import_files(files, plan, store=store)
            ),
            default=0,
        )
    sys.exit(worst)
