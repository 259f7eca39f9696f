"""Computes features from candles, and checks that none looks ahead."""

from typing import TYPE_CHECKING

import dagster as dg

from nija_pipelines.passing.types import Snapshot
from nija_pipelines.resources import Installation, LakeFolder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nija_domain.market.candles import CandleHistory

CHECKED_BARS = 240
CUTS = (1, 13, 30, 61, 97, 133, 201, 239)


@dg.asset(group_name="features", kinds={"numba", "duckdb"}, pool="lake_write")
def features(
    lake_snapshot: Snapshot, installation: Installation, lake: LakeFolder
) -> dg.MaterializeResult[None]:
    """Every feature of every symbol, as a table for people and reports."""
    from nija_domain.features.history.feature_rows import compute_all_features

    settings = installation.settings()
    with lake.open() as store:
        histories = store.stream_candles(
            settings.symbols,
            venue=settings.venue,
            timeframe_us=settings.timeframe_us,
            snapshot=lake_snapshot.snapshot_id,
        )
        rows = store.write_features(compute_all_features(histories))
    return dg.MaterializeResult(metadata={"rows": rows, "symbols": len(settings.symbols)})


@dg.asset_check(
    asset=features,
    blocking=True,
    additional_ins={"lake_snapshot": dg.AssetIn("lake_snapshot")},
)
def features_causal(
    lake_snapshot: Snapshot, installation: Installation, lake: LakeFolder
) -> dg.AssetCheckResult:
    """No feature changes when later bars arrive, and bar by bar gives the same values."""
    from nija_domain.features.history.causality import find_look_ahead, find_stream_gaps
    from nija_domain.features.history.feature_rows import compute_features

    histories = lake.read_histories(installation.settings(), lake_snapshot.snapshot_id)
    recent = [
        history.between(max(0, len(history) - CHECKED_BARS), len(history))
        for history in histories.values()
    ]
    sentences = _market_differences(recent)
    for history in recent:
        sentences += find_look_ahead(compute_features, history, cuts=CUTS)
        sentences += find_stream_gaps(compute_features, history)
    return dg.AssetCheckResult(passed=not sentences, metadata={"differences": sentences[:20]})


def _market_differences(recent: "Sequence[CandleHistory]") -> list[str]:
    from nija_domain.features.history.causality import find_market_gaps, find_market_look_ahead
    from nija_domain.features.history.feature_rows import compute_all_features

    times = sorted({ts_us for history in recent for ts_us in history.ts_us.tolist()})
    cuts_us = [times[cut] for cut in CUTS if cut < len(times)]
    differences = find_market_look_ahead(recent, cuts_us=cuts_us)
    return differences + find_market_gaps(list(compute_all_features(recent)))
