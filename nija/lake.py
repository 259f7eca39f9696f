"""`nija lake status`: how large the lake is, how far it reaches, what it was fed last."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from nija.bootstrap import LakeStatus, read_lake_status
from nija_domain.errors import PlaceUnusable
from nija_domain.market.timeframes import format_timeframe

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SHOWN_SYMBOLS = 40


def print_lake_status(folder: Path, *, as_json: bool) -> None:
    if not (folder / "catalogue.sqlite").exists():
        raise PlaceUnusable(f"there is no lake in {folder}; run `nija import` or `make up` first")
    status = read_lake_status(folder)
    if as_json:
        sys.stdout.write(msgspec.json.encode(status).decode() + "\n")
        return
    console = Console()
    console.print(_tables(folder, status), _reaches(status), _last_ingests(status))
    for row in status.quarantine:
        console.print(
            f"[red]set aside[/] {row.symbol} of {row.venue}: {row.rows} rows by the rule {row.rule}"
        )


def _tables(folder: Path, status: LakeStatus) -> Table:
    table = Table(
        title=f"{folder} · {status.snapshots} snapshots, newest {status.newest_snapshot}",
        title_justify="left",
    )
    _add_columns(table, "table", "rows", "files", "MB")
    for size in status.tables:
        table.add_row(size.name, f"{size.rows:,}", str(size.files), f"{size.bytes / 1e6:.1f}")
    return table


def _reaches(status: LakeStatus) -> Table:
    hidden = len(status.reaches) - SHOWN_SYMBOLS
    table = Table(caption=f"and {hidden} more" if hidden > 0 else None)
    _add_columns(table, "venue", "symbol", "bars", "rows", "restated", "oldest", "newest")
    for reach in status.reaches[:SHOWN_SYMBOLS]:
        table.add_row(
            reach.venue,
            reach.symbol,
            format_timeframe(reach.timeframe_us),
            f"{reach.rows:,}",
            str(reach.restated),
            _when(reach.oldest_us),
            _when(reach.newest_us),
        )
    return table


def _last_ingests(status: LakeStatus) -> Table:
    table = Table(caption="the last ingests that changed something")
    _add_columns(
        table, "venue", "symbol", "written", "identical", "restated", "set aside", "known", "source"
    )
    for ingest in status.last_ingests:
        table.add_row(
            ingest.venue,
            ingest.symbol,
            str(ingest.written),
            str(ingest.identical),
            str(ingest.restated),
            str(ingest.quarantined),
            _when(ingest.known_at_us),
            ingest.source,
        )
    return table


def _add_columns(table: Table, *names: str) -> None:
    for name in names:
        table.add_column(
            name, justify="left" if name in {names[0], "symbol", "source"} else "right"
        )


def _when(at_us: int) -> str:
    return f"{EPOCH + timedelta(microseconds=at_us):%Y-%m-%d %H:%M}"
