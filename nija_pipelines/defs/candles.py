"""Candles into the lake, and the snapshot that a training reads."""

import dagster as dg

from nija_domain.events.ledger import IncidentRecorded
from nija_domain.market.quality.examination import examine_history
from nija_domain.market.timeframes import HOUR_US
from nija_domain.releases.directive import Directive
from nija_pipelines.ingestion import IngestPlan
from nija_pipelines.patience import FRESH, RETRY
from nija_pipelines.resources import Channel, Installation, LakeFolder, LedgerFile, Market
from nija_pipelines.training import Listing, Snapshot

RESTRAINT_US = 24 * HOUR_US


@dg.asset(group_name="market", kinds={"ccxt", "duckdb"}, pool="lake_write", retry_policy=RETRY)
def instruments(installation: Installation, market: Market, lake: LakeFolder) -> dg.Output[Listing]:
    """What the venue says of each pair: steps, minimums, fees; the lake remembers each change."""
    settings = installation.settings()
    listed, now_us = market.fetch_instruments(settings)
    with lake.open() as store:
        changed = store.append_instruments(listed, source=settings.venue_url, known_at_us=now_us)
    return dg.Output(Listing(listed), metadata={"changed": changed})


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
    """The closed candles that the lake misses; what breaks the contract is set aside."""
    settings = installation.settings()
    plan = IngestPlan(
        symbols=settings.symbols, timeframe_us=settings.timeframe_us, source=settings.candle_source
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


@dg.asset(group_name="market", kinds={"duckdb"}, deps=[candles, "feedback"])
def lake_snapshot(lake: LakeFolder) -> Snapshot:
    """Pinned before anything is read, so that the training can be rebuilt from it."""
    with lake.open() as store:
        pinned = store.snapshot()
        rows = len(store.read_fills(snapshot=pinned)) + len(store.read_trades(snapshot=pinned))
        return Snapshot(pinned, store.feedback_sequence(), rows)


@dg.asset_check(asset=lake_snapshot, blocking=True)
def candles_quality(
    lake_snapshot: Snapshot,
    installation: Installation,
    lake: LakeFolder,
    channel: Channel,
    ledger: LedgerFile,
) -> dg.AssetCheckResult:
    """Every symbol has candles, and none that a training will read breaks the contract.

    Else the training stops, and the executor only reduces until somebody has looked.
    """
    settings = installation.settings()
    histories = lake.read_histories(settings, lake_snapshot.snapshot_id)
    missing = [
        f"{symbol} has no candles: ingest them, or take it out of symbols"
        for symbol, history in histories.items()
        if not len(history)
    ]
    now_us = settings.timeframe_us + max(
        (int(h.ts_us[-1]) for h in histories.values() if len(h)), default=0
    )
    broken = [
        f"{symbol}: {problem.text}"
        for symbol, history in histories.items()
        if len(history)
        for problem in examine_history(
            history, timeframe_us=settings.timeframe_us, now_us=now_us
        ).problems
        if problem.level != "warning"
    ]
    if broken or missing:
        told = f"candles break the contract: {'; '.join((broken + missing)[:3])}"
        _restrain(told, installation, channel, ledger, at_us=now_us)
    return dg.AssetCheckResult(
        passed=not broken and not missing,
        metadata={"problems": broken[:20], "count": len(broken), "missing": missing},
    )


def _restrain(
    told: str, installation: Installation, channel: Channel, ledger: LedgerFile, *, at_us: int
) -> None:
    """The executor opens nothing more on this market, and the ledger says since when and why."""
    channel.direct(
        installation.settings().channel,
        Directive(
            kind="reduce_only",
            number=1,
            issued_us=at_us,
            expires_us=at_us + RESTRAINT_US,
            reason=told,
        ),
    )
    ledger.append(
        IncidentRecorded(
            at_us=installation.wall_now_us(), kind="candles refused", told=told, run_id=""
        )
    )
