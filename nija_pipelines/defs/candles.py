"""Candles into the lake, and the snapshot that a training reads."""

import dagster as dg

from nija_domain.market.quality import BLOCKING_RULES, drop_blocked, find_problems
from nija_pipelines.patience import FRESH, RETRY
from nija_pipelines.resources import Installation, LakeFolder, Market
from nija_pipelines.training import Listing, Snapshot


@dg.asset(group_name="market", kinds={"ccxt"}, retry_policy=RETRY)
def instruments(installation: Installation, market: Market) -> Listing:
    """What the venue says of each pair: steps, minimums, fees."""
    return Listing(market.fetch_instruments(installation.settings()))


@dg.asset(
    group_name="market",
    kinds={"ccxt", "duckdb"},
    pool="lake_write",
    retry_policy=RETRY,
    freshness_policy=FRESH,
)
def candles(
    installation: Installation, market: Market, lake: LakeFolder
) -> dg.MaterializeResult[None]:
    """Closed candles since the last ones stored; rows that break a rule go to the quarantine."""
    settings, quarantined = installation.settings(), 0
    frame = settings.timeframe_us
    with lake.open() as store:
        latest = {s: store.latest_candle_us(s, timeframe_us=frame) for s in settings.symbols}
        since_us = {symbol: ts_us + frame if ts_us else 0 for symbol, ts_us in latest.items()}
        histories, now_us = market.fetch_histories(settings, since_us)
        clean = []
        for history in histories:
            problems = find_problems(history, timeframe_us=frame, now_us=now_us)
            blocked = [problem for problem in problems if problem.rule in BLOCKING_RULES]
            if blocked:
                quarantined += store.quarantine_candles(
                    history, blocked, source=settings.venue_url, known_at_us=now_us
                )
            clean.append(drop_blocked(history, problems))
        written = store.append_candles(
            clean, timeframe_us=frame, source=settings.venue_url, known_at_us=now_us
        )
    return dg.MaterializeResult(
        metadata={"written": written, "quarantined": quarantined, "venue_time_us": now_us}
    )


@dg.asset(group_name="market", kinds={"duckdb"}, deps=[candles, "feedback"])
def lake_snapshot(lake: LakeFolder) -> Snapshot:
    """Pinned before anything is read, so that the training can be rebuilt from it."""
    with lake.open() as store:
        pinned = store.snapshot()
        rows = len(store.read_fills(snapshot=pinned)) + len(store.read_trades(snapshot=pinned))
        return Snapshot(pinned, store.feedback_sequence(), rows)


@dg.asset_check(asset=lake_snapshot, blocking=True)
def candles_quality(
    lake_snapshot: Snapshot, installation: Installation, lake: LakeFolder
) -> dg.AssetCheckResult:
    """Every symbol has candles, and none that a training will read breaks the contract."""
    settings = installation.settings()
    histories = lake.read_histories(settings, lake_snapshot.snapshot_id)
    missing = [symbol for symbol, history in histories.items() if not len(history)]
    newest_us = max((int(h.ts_us[-1]) for h in histories.values() if len(h)), default=0)
    problems = [
        f"{symbol}: {problem.text}"
        for symbol, history in histories.items()
        for problem in find_problems(
            history,
            timeframe_us=settings.timeframe_us,
            now_us=newest_us + settings.timeframe_us,
        )
        if problem.rule in BLOCKING_RULES
    ]
    return dg.AssetCheckResult(
        passed=not problems and not missing,
        metadata={"problems": problems[:20], "count": len(problems), "missing": missing},
    )
