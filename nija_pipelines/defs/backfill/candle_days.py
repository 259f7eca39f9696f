"""Candles by day and symbol, to fill in history from Dagster's page."""

import warnings
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

import dagster as dg
import msgspec

from nija_domain.market.timeframes import DAY_US, EPOCH
from nija_pipelines.ingestion.plan import IngestPlan
from nija_pipelines.instance.retries import RETRY
from nija_pipelines.resources import Installation, LakeFolder, LedgerFile, Market

FIRST_DAY = "2013-01-01"

# Dagster's version is pinned, so that a beta feature can change with a commit of ours only.
warnings.filterwarnings("ignore", message="Parameter `backfill_policy`")

SYMBOLS = dg.DynamicPartitionsDefinition(name="symbols")
DAYS_AND_SYMBOLS = dg.MultiPartitionsDefinition(
    {"day": dg.DailyPartitionsDefinition(start_date=FIRST_DAY), "symbol": SYMBOLS}
)


class Span(msgspec.Struct, frozen=True):
    """Whole days of one symbol, side by side."""

    symbol: str
    from_us: int
    until_us: int


@dg.asset(
    group_name="backfill",
    kinds={"ccxt", "duckdb"},
    partitions_def=DAYS_AND_SYMBOLS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool="lake_write",
    retry_policy=RETRY,
)
def candle_days(
    context: dg.AssetExecutionContext,
    installation: Installation,
    market: Market,
    lake: LakeFolder,
    ledger: LedgerFile,
) -> dg.MaterializeResult[None]:
    """Fetch the bars of these days that the lake lacks; a range of days is fetched as one."""
    settings, written, refused = installation.settings(), 0, list[str]()
    confirmed_us = ledger.confirmed_steps(settings)
    spans = spans_of(_day_and_symbol(key) for key in context.partition_keys)
    with lake.open() as store:
        for span in spans:
            plan = IngestPlan(
                symbols=(span.symbol,),
                venue=settings.venue,
                timeframe_us=settings.timeframe_us,
                source=settings.candle_source,
                since_us=span.from_us,
                until_us=span.until_us,
                confirmed_us=confirmed_us,
            )
            for ingested in market.ingest(settings, plan, store)[0]:
                written += ingested.written
                refused += [f"{span.symbol}: {text}" for text in ingested.refused]
    return dg.MaterializeResult(
        metadata={"spans": len(spans), "written": written, "refused": refused}
    )


def spans_of(days: Iterable[tuple[date, str]]) -> list[Span]:
    """Days that touch become one span: fewer questions, and gaps over midnight are one gap."""
    by_symbol: dict[str, list[int]] = defaultdict(list)
    for day, symbol in days:
        by_symbol[symbol].append((day - EPOCH).days * DAY_US)
    spans: list[Span] = []
    for symbol, starts_us in sorted(by_symbol.items()):
        for from_us in sorted(set(starts_us)):
            before = spans[-1] if spans else None
            if before and (before.symbol, before.until_us) == (symbol, from_us):
                spans[-1] = Span(symbol, before.from_us, from_us + DAY_US)
            else:
                spans.append(Span(symbol, from_us, from_us + DAY_US))
    return spans


def _day_and_symbol(key: str) -> tuple[date, str]:
    keys = DAYS_AND_SYMBOLS.get_partition_key_from_str(key).keys_by_dimension
    return date.fromisoformat(keys["day"]), keys["symbol"]
