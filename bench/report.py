"""What every bench answers: the machine, the threads, and a row for each case."""

import os
import platform
from pathlib import Path
from typing import Any

import msgspec

Row = dict[str, Any]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`ratio` in a row is the peer's time over ours, both medians of interleaved runs."""

    bench: str
    threads: int
    rows: list[Row]

    def as_dict(self) -> dict[str, Any]:
        return {
            "bench": self.bench,
            "machine": machine(),
            "threads": self.threads,
            "rows": self.rows,
        }


def machine() -> str:
    """Processor, cores and Python: what a figure cannot be read without."""
    return f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            names = (line.split(":", 1)[1] for line in lines if line.startswith("model name"))
            return next(names, platform.machine()).strip()
    except OSError:
        return platform.machine()


def print_table(report: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{report.bench} · {machine()} · {report.threads} threads")
    fields = list(dict.fromkeys(key for row in report.rows for key in row if key != "case"))
    table.add_column("case")
    for field in fields:
        table.add_column(field, justify="right")
    for row in report.rows:
        table.add_row(row["case"], *(_text(row.get(field)) for field in fields))
    Console().print(table)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "" if value is None else str(value)
