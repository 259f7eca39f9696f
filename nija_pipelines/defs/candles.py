"""Candles into the lake, and the snapshot that a training reads."""

from collections.abc import Iterable

import dagster as dg

from nija_domain.events.ledger import IncidentRecorded
from nija_domain.market.quality.delivery import deliver_answer
from nija_domain.market.quality.examination import Examination, examine_history
from nija_domain.market.timeframes import HOUR_US
from nija_domain.releases.directive import Directive
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
    """Closed candles since the last ones stored; what breaks the contract is set aside."""
    settings = installation.settings()
    frame, source = settings.timeframe_us, settings.venue_url
    with lake.open() as store:
        latest = {s: store.latest_candle_us(s, timeframe_us=frame) for s in settings.symbols}
        since_us = {symbol: ts_us + frame if ts_us else 0 for symbol, ts_us in latest.items()}
        histories, now_us = market.fetch_histories(settings, since_us)
        delivered = [
            deliver_answer(history, timeframe_us=frame, now_us=now_us)
            for history in histories
            if len(history)
        ]
        ingests = store.ingest(
            [delivery for delivery, _ in delivered],
            timeframe_us=frame,
            source=source,
            known_at_us=now_us,
        )
    return dg.MaterializeResult(
        metadata={
            "written": sum(ingest.written for ingest in ingests),
            "restated": sum(ingest.restated for ingest in ingests),
            "quarantined": sum(ingest.quarantined for ingest in ingests),
            "refused": _refusals(found for _, found in delivered),
            "venue_time_us": now_us,
        }
    )


def _refusals(examinations: Iterable[Examination]) -> list[str]:
    return [
        f"{found.clean.symbol}: {problem.text}"
        for found in examinations
        for problem in found.problems
        if problem.level == "refuse"
    ]


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
    missing = [symbol for symbol, history in histories.items() if not len(history)]
    now_us = settings.timeframe_us + max(
        (int(h.ts_us[-1]) for h in histories.values() if len(h)), default=0
    )
    broken = [
        f"{symbol}: {problem.text}"
        for symbol, history in histories.items()
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
