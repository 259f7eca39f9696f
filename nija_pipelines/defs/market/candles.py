"""Fetches new candles from the venue into the lake."""

import dagster as dg

from nija_pipelines.ingestion.plan import IngestPlan
from nija_pipelines.instance.retries import FRESH, RETRY
from nija_pipelines.resources import Installation, LakeFolder, LedgerFile, Market


@dg.asset(
    group_name="market",
    kinds={"ccxt", "duckdb"},
    pool="lake_write",
    retry_policy=RETRY,
    freshness_policy=FRESH,
)
def candles(
    installation: Installation, market: Market, lake: LakeFolder, ledger: LedgerFile
) -> dg.MaterializeResult[None]:
    """Fetch the closed candles that the lake lacks; rows that break a rule are quarantined."""
    settings = installation.settings()
    plan = IngestPlan(
        symbols=settings.symbols,
        venue=settings.venue,
        timeframe_us=settings.timeframe_us,
        source=settings.candle_source,
        history_bars=settings.history_bars,
        confirmed_us=ledger.confirmed_steps(settings),
    )
    with lake.open() as store:
        ingested, now_us = market.ingest(settings, plan, store)
    return dg.MaterializeResult(
        metadata={
            "written": sum(one.written for one in ingested),
            "restated": sum(one.restated for one in ingested),
            "quarantined": sum(one.quarantined for one in ingested),
            "refused": [f"{one.symbol}: {text}" for one in ingested for text in one.refused],
            "venue_time_us": now_us,
        }
    )
