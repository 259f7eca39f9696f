"""Candles to feature rows, and the proof that none looks ahead."""

import dagster as dg

from nija_domain.features.causality import find_look_ahead, find_stream_gaps
from nija_pipelines.resources import Installation, LakeFolder
from nija_pipelines.training import Snapshot

CHECKED_BARS = 240
CUTS = (61, 97, 133, 201)


@dg.asset(group_name="features", kinds={"numba", "duckdb"}, pool="lake_write")
def features(
    lake_snapshot: Snapshot, installation: Installation, lake: LakeFolder
) -> dg.MaterializeResult[None]:
    """Every registered feature of every symbol, for people and reports."""
    from nija_domain.features.history import compute_features

    histories = lake.read_histories(installation.settings(), lake_snapshot.snapshot_id)
    tables = [compute_features(history) for history in histories.values()]
    with lake.open() as store:
        store.write_features(tables)
    return dg.MaterializeResult(metadata={"rows": sum(map(len, tables)), "symbols": len(tables)})


@dg.asset_check(
    asset=features,
    blocking=True,
    additional_ins={"lake_snapshot": dg.AssetIn("lake_snapshot")},
)
def features_causal(
    lake_snapshot: Snapshot, installation: Installation, lake: LakeFolder
) -> dg.AssetCheckResult:
    """What was known at a bar does not change when later bars come, and a stream gives the same."""
    from nija_domain.features.history import compute_features

    histories = lake.read_histories(installation.settings(), lake_snapshot.snapshot_id)
    sentences: list[str] = []
    for history in histories.values():
        recent = history.between(max(0, len(history) - CHECKED_BARS), len(history))
        sentences += find_look_ahead(compute_features, recent, cuts=CUTS)
        sentences += find_stream_gaps(compute_features, recent)
    return dg.AssetCheckResult(passed=not sentences, metadata={"differences": sentences[:20]})
