"""`nija lake`: show what the lake holds, and delete a series from it."""

import sys
from typing import Annotated

import typer

from nija.commands.options import Json

lake_app = typer.Typer(
    no_args_is_help=True, help="Show what the lake holds, or delete candles from it."
)


@lake_app.command("status")
def lake_status(
    *,
    json: Json = False,
) -> None:
    """Show tables, files, snapshots, the range of each symbol, quarantined rows, last ingests."""
    from nija.bootstrap import chosen_home
    from nija.tables.lake import print_lake_status

    print_lake_status(chosen_home(), as_json=json)


@lake_app.command("forget")
def lake_forget(
    *,
    venue: Annotated[str, typer.Option(help="The venue, as `nija lake status` lists it.")],
    symbol: Annotated[str, typer.Option(help="The symbol, such as BTC/USD.")],
    timeframe: Annotated[str, typer.Option(help="Length of one bar, such as 5m.")],
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
) -> None:
    """Delete one series of candles, after asking once. The ledger records it."""
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
