"""Candles to feature rows, and the proof that none looks ahead."""

import dagster as dg

from nija_domain.features.causality import find_look_ahead, find_stream_gaps
from nija_pipelines.resources import Config, LakeFolder
from nija_pipelines.training import Snapshot

CHECKED_BARS = 240
CUTS = (61, 97, 133, 201)


@dg.asset(group_name="features", kinds={"numba", "duckdb"}, pool="lake_write")
def features(
    lake_snapshot: Snapshot, config: Config, lake: LakeFolder
) -> dg.MaterializeResult[None]:
    """Every registered feature of every symbol, for people and reports."""
    from nija_domain.features.history import compute_features

    store, settings = lake.open(), config.settings()
    histories = store.read_candles(settings.symbols, snapshot=lake_snapshot.snapshot_id)
    rows = store.write_features([compute_features(history) for history in histories.values()])
    return dg.MaterializeResult(metadata={"rows": rows, "symbols": len(histories)})


@dg.asset_check(asset=features, blocking=True)
def features_causal(
    lake_snapshot: Snapshot, config: Config, lake: LakeFolder
) -> dg.AssetCheckResult:
    """What was known at a bar does not change when later bars come, and a stream gives the same."""
    from nija_domain.features.history import compute_features

    settings = config.settings()
    histories = lake.open().read_candles(settings.symbols, snapshot=lake_snapshot.snapshot_id)
    sentences: list[str] = []
    for history in histories.values():
        recent = history.between(max(0, len(history) - CHECKED_BARS), len(history))
        sentences += find_look_ahead(compute_features, recent, cuts=CUTS)
        sentences += find_stream_gaps(compute_features, recent)
    return dg.AssetCheckResult(passed=not sentences, metadata={"differences": sentences[:20]})
