"""What every bench answers: the machine, the threads, and a row for each case."""

import os
import platform
from pathlib import Path
from typing import Any

import msgspec

SHAPE = ("case", "ours_s", "peer", "peer_s", "ratio", "agree")
DIGITS = 4


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One case beside one peer, both medians of interleaved runs.

    What was not measured is None, never a guess. `more` is what else the bench tells of the case.
    """

    case: str
    ours_s: float | None
    peer: str
    peer_s: float | None
    agree: bool | None
    more: dict[str, Any] = {}

    def __post_init__(self) -> None:
        double = sorted(set(self.more) & set(SHAPE))
        if double or not self.peer:
            raise ValueError(f"row {self.case!r}: name the peer, and give {double} only once")

    @property
    def ratio(self) -> float | None:
        """The peer's time over ours: above one where ours is the faster."""
        if self.ours_s is None or self.peer_s is None:
            return None
        return self.peer_s / self.ours_s

    def as_dict(self) -> dict[str, Any]:
        shape = {name: getattr(self, name) for name in SHAPE} | self.more
        return {name: _short(value) for name, value in shape.items()}


def against_limit(
    case: str, ours_s: float, *, limit_s: float, holds: bool = True, **more: object
) -> Row:
    """Where nobody else does it, our own limit is the peer; `holds` is what else must be true."""
    return Row(
        case=case,
        ours_s=ours_s,
        peer=f"limit {limit_s:g} s",
        peer_s=limit_s,
        agree=holds and ours_s <= limit_s,
        more=more,
    )


class Report(msgspec.Struct, frozen=True, kw_only=True):
    bench: str
    threads: int
    rows: list[Row]

    def as_dict(self) -> dict[str, Any]:
        return {
            "bench": self.bench,
            "machine": machine(),
            "threads": self.threads,
            "rows": [row.as_dict() for row in self.rows],
        }


def _short(value: object) -> object:
    """Four digits of a figure are more than a busy machine can repeat."""
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


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
    rows = [row.as_dict() for row in report.rows]
    fields = list(dict.fromkeys(key for row in rows for key in row if key != "case"))
    table.add_column("case")
    for field in fields:
        table.add_column(field, justify="right")
    for row in rows:
        table.add_row(row["case"], *(_text(row.get(field)) for field in fields))
    Console().print(table)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "" if value is None else str(value)
