"""Candles into the lake, and the snapshot that a training reads."""

import dagster as dg

from nija_domain.market.quality import BLOCKING_RULES, find_problems
from nija_pipelines.resources import Config, LakeFolder, Market
from nija_pipelines.training import Listing, Snapshot


@dg.asset(group_name="market", kinds={"ccxt"})
def instruments(config: Config, market: Market) -> Listing:
    """What the venue says of each pair: steps, minimums, fees."""
    return Listing(market.fetch_instruments(config.settings()))


@dg.asset(group_name="market", kinds={"ccxt", "duckdb"}, pool="lake_write")
def candles(config: Config, market: Market, lake: LakeFolder) -> dg.MaterializeResult[None]:
    """Closed candles since the last ones stored; rows that break a rule go to the quarantine."""
    settings, store = config.settings(), lake.open()
    since_us = {symbol: (store.latest_candle_us(symbol) or 0) + 1 for symbol in settings.symbols}
    histories, now_us = market.fetch_histories(settings, since_us)
    rows = store.append_candles(
        histories, timeframe_us=settings.timeframe_us, source=settings.venue_url, known_at_us=now_us
    )
    return dg.MaterializeResult(
        metadata={"rows_written": rows, "symbols": len(histories), "venue_time_us": now_us}
    )


@dg.asset(group_name="market", kinds={"duckdb"}, deps=[candles, "feedback"])
def lake_snapshot(lake: LakeFolder) -> Snapshot:
    """Pinned before anything is read, so that the training can be rebuilt from it."""
    store = lake.open()
    return Snapshot(store.snapshot(), store.feedback_sequence())


@dg.asset_check(asset=lake_snapshot, blocking=True)
def candles_quality(
    lake_snapshot: Snapshot, config: Config, lake: LakeFolder
) -> dg.AssetCheckResult:
    """No stored candle that a training will read breaks the quality contract."""
    settings = config.settings()
    histories = lake.open().read_candles(settings.symbols, snapshot=lake_snapshot.snapshot_id)
    missing = sorted(set(settings.symbols) - set(histories))
    problems = [
        f"{symbol}: {problem.text}"
        for symbol, history in histories.items()
        for problem in find_problems(
            history,
            timeframe_us=settings.timeframe_us,
            now_us=int(history.ts_us[-1]) + settings.timeframe_us,
        )
        if problem.rule in BLOCKING_RULES
    ]
    return dg.AssetCheckResult(
        passed=not problems and not missing,
        metadata={"problems": problems[:20], "count": len(problems), "missing": missing},
    )
