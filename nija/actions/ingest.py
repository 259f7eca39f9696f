"""`nija ingest`: fetches what the lake lacks, with a progress bar or as JSON."""

import asyncio
import sys
from contextlib import nullcontext

import msgspec
from msgspec.structs import replace
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from nija.bootstrap import open_candle_market, open_lake, read_ledger, read_pipeline_settings
from nija.home import Home
from nija.tables.console import console
from nija_domain.events.ledger import confirmed_steps
from nija_domain.market.timeframes import parse_timeframe_us
from nija_pipelines.ingestion.fetching import ingest_symbols
from nija_pipelines.ingestion.plan import Ingested, IngestPlan
from nija_pipelines.settings import PipelineSettings


def run_ingest(
    home: Home,
    *,
    exchange: str | None,
    symbols: tuple[str, ...],
    since_us: int | None,
    timeframe: str | None,
    as_json: bool,
) -> bool:
    """Whether everything that was fetched could be stored."""
    settings = read_pipeline_settings()
    if exchange is not None:
        settings = replace(settings, exchange=exchange)
    plan = IngestPlan(
        symbols=symbols or settings.symbols,
        venue=settings.venue,
        timeframe_us=parse_timeframe_us(timeframe or settings.timeframe),
        source=settings.candle_source,
        history_bars=settings.history_bars,
        since_us=since_us,
        confirmed_us=confirmed_steps(read_ledger(home), venue=settings.venue),
    )
    shown = _Shown(as_json=as_json)
    with shown.bars or nullcontext():
        done = asyncio.run(_ingest(home, settings, plan, shown))
    for ingested in done:
        _print_done(ingested, as_json=as_json)
    return not any(ingested.refused for ingested in done)


async def _ingest(
    home: Home, settings: PipelineSettings, plan: IngestPlan, shown: "_Shown"
) -> list[Ingested]:
    with open_lake(home) as lake:
        async with open_candle_market(settings) as market:
            done, _ = await ingest_symbols(plan, market, lake, notify=shown.notify)
            return done


class _Shown:
    """One progress bar per symbol; none with JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self.bars = None if as_json else _bars()
        self._tasks: dict[str, TaskID] = {}

    def notify(self, ingested: Ingested) -> None:
        if self.bars is None:
            return
        if ingested.symbol not in self._tasks:
            self._tasks[ingested.symbol] = self.bars.add_task(ingested.symbol)
        task = self._tasks[ingested.symbol]
        self.bars.update(task, completed=ingested.asked_bars, total=ingested.missing_bars)


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console(is_stderr=True),
    )


def _print_done(ingested: Ingested, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(ingested).decode() + "\n")
        return
    console().print(
        f"{ingested.symbol}: {ingested.missing_bars} bars missing, {ingested.written} written,"
        f" {ingested.restated} restated, {ingested.quarantined} quarantined"
    )
    for text in ingested.refused:
        console().print("  ", Text("refused", style="red"), f": {text}", sep="")
