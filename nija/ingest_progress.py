"""`nija ingest` as a person watches it, or as a program reads it."""

import asyncio
import sys
from contextlib import nullcontext
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as ProgressBars

from nija.bootstrap import open_ingest_store, open_venue_market, read_pipeline_settings
from nija.ingest import IngestPlan, Progress, ingest_symbols
from nija_domain.market.timeframes import parse_timeframe_us


def run_ingest(
    home: Path,
    *,
    symbols: tuple[str, ...],
    since_us: int | None,
    timeframe: str | None,
    as_json: bool,
) -> bool:
    """Whether all that came could be stored."""
    settings = read_pipeline_settings()
    plan = IngestPlan(
        symbols=symbols or settings.symbols,
        timeframe_us=parse_timeframe_us(timeframe or settings.timeframe),
        since_us=since_us,
    )
    shown = _Shown(as_json=as_json)
    with shown.bars or nullcontext():
        done = asyncio.run(_ingest(home, plan, shown))
    for progress in done:
        _print_done(progress, as_json=as_json)
    return not any(progress.stored.refused for progress in done)


async def _ingest(home: Path, plan: IngestPlan, shown: "_Shown") -> list[Progress]:
    with open_ingest_store(home) as store:
        async with open_venue_market() as market:
            return await ingest_symbols(plan, market, store, tell=shown.tell)


class _Shown:
    """A bar a symbol, with what is left and for how long; nothing while JSON is asked for."""

    def __init__(self, *, as_json: bool) -> None:
        self.bars = None if as_json else _bars()
        self._tasks: dict[str, TaskID] = {}

    def tell(self, progress: Progress) -> None:
        if self.bars is None:
            return
        if progress.symbol not in self._tasks:
            self._tasks[progress.symbol] = self.bars.add_task(progress.symbol)
        task = self._tasks[progress.symbol]
        self.bars.update(task, completed=progress.done_bars, total=progress.all_bars)


def _bars() -> ProgressBars:
    return ProgressBars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def _print_done(progress: Progress, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(progress).decode() + "\n")
        return
    stored = progress.stored
    Console().print(
        f"{progress.symbol}: {progress.all_bars} bars missed, {stored.written} written,"
        f" {stored.restated} restated, {stored.quarantined} set aside"
        + "".join(f"\n  [red]refused[/]: {text}" for text in stored.refused)
    )
