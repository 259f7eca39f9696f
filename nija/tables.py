"""Results as a person or a program wants to read them."""

import sys

import msgspec
from rich.console import Console
from rich.table import Table

from nija.demo import DemoReport


def print_report(report: DemoReport, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
        return
    table = Table(title="From candles to fills, and back into the next training")
    table.add_column("what")
    table.add_column("came of it", justify="right")
    for name, value in msgspec.to_builtins(report).items():
        if name != "station_s":
            table.add_row(name.replace("_", " "), str(value))
    for station, seconds in report.station_s.items():
        table.add_row(f"  {station}", f"{seconds:.1f} s")
    Console().print(table)
