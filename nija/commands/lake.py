"""`nija lake`: what the lake holds, and how a series leaves it."""

import sys
from typing import Annotated

import typer

from nija.commands.options import Json

lake_app = typer.Typer(no_args_is_help=True, help="What the lake holds.")


@lake_app.command("status")
def lake_status(
    *,
    json: Json = False,
) -> None:
    """Tables, files, snapshots, the reach of each symbol, what was set aside, the last ingests."""
    from nija.bootstrap import chosen_home
    from nija.tables.lake import print_lake_status

    print_lake_status(chosen_home(), as_json=json)


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
