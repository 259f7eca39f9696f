"""`nija candles`, `import` and `ingest`: candles judged, and brought into the lake."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from nija.commands.options import Json, nothing_used_on_failure

candles_app = typer.Typer(no_args_is_help=True, help="Files of candles and what they are worth.")


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
    json: Json = False,
) -> None:
    """Judge a file: exit 0 accept or repair, 1 quarantine, 2 refuse."""
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
    symbol: Annotated[str, typer.Argument(help="BTC/USD")],
    *,
    at: Annotated[str, typer.Option(help="The bar that steps: 2024-05-01T00:00, UTC.")],
    venue: Annotated[
        str | None, typer.Option(help="Whose market; that of the settings if none.")
    ] = None,
    why: Annotated[str, typer.Option(help="Kept with it.")] = "a person's word",
    json: Json = False,
) -> None:
    """Say that a price rightly steps by ten times or more, as after a redenomination."""
    from nija.actions.step_confirmation import confirm_step
    from nija.bootstrap import chosen_home

    with nothing_used_on_failure():
        confirm_step(chosen_home(), symbol, at=at, venue=venue, why=why, as_json=json)


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
    with nothing_used_on_failure(), open_candle_store(home, restating=restate) as store:
        worst = max(
            (
                EXIT_CODES[print_imported(imported, as_json=json)]
                for imported in import_files(files, plan, store=store)
            ),
            default=0,
        )
    sys.exit(worst)
