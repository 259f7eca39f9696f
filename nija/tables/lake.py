"""Prints `nija lake status`."""

import sys

import msgspec
from rich.table import Table
from rich.text import Text

from nija.bootstrap import LakeStatus, read_lake_status
from nija.home import Home
from nija.tables.console import console, table
from nija_domain.errors import PlaceUnusable
from nija_domain.market.timeframes import format_timeframe, utc_minute

SHOWN_SYMBOLS = 40


def print_lake_status(home: Home, *, as_json: bool) -> None:
    if not home.lake_catalogue.exists():
        raise PlaceUnusable(f"no lake in {home.lake} yet; run `nija import` or `make up` first")
    status = read_lake_status(home)
    if as_json:
        sys.stdout.write(msgspec.json.encode(status).decode() + "\n")
        return
    shown = console()
    shown.print(f"{home.lake}: {status.snapshots} snapshots, newest {status.newest_snapshot}")
    shown.print(_tables(status), _reaches(status), _last_ingests(status))
    for row in status.quarantine:
        row_text = f" {row.symbol} of {row.venue}: {row.rows} rows by the rule {row.rule}"
        shown.print(Text("quarantined", style="red"), row_text, sep="")


def _tables(status: LakeStatus) -> Table:
    numbers = ("rows", "files", "MB")
    made = table("table", *numbers, right=numbers)
    for size in status.tables:
        made.add_row(size.name, f"{size.rows:,}", str(size.files), f"{size.bytes / 1e6:.1f}")
    return made


def _reaches(status: LakeStatus) -> Table:
    hidden = len(status.reaches) - SHOWN_SYMBOLS
    caption = f"and {hidden} more; --json lists all" if hidden > 0 else None
    numbers = ("bars", "rows", "restated")
    made = table("venue", "symbol", *numbers, "from, to", right=numbers, caption=caption)
    for reach in status.reaches[:SHOWN_SYMBOLS]:
        made.add_row(
            reach.venue,
            reach.symbol,
            format_timeframe(reach.timeframe_us),
            f"{reach.rows:,}",
            str(reach.restated),
            f"{utc_minute(reach.oldest_us)}\n{utc_minute(reach.newest_us)}",
        )
    return made


def _last_ingests(status: LakeStatus) -> Table:
    numbers = ("written", "identical", "restated", "quarantined")
    caption = "the last ingests that changed something"
    made = table("series", *numbers, "time and source", right=numbers, caption=caption)
    for ingest in status.last_ingests:
        made.add_row(
            f"{ingest.symbol}\n{ingest.venue}",
            str(ingest.written),
            str(ingest.identical),
            str(ingest.restated),
            str(ingest.quarantined),
            f"{utc_minute(ingest.known_at_us)}\n{ingest.source}",
        )
    return made
