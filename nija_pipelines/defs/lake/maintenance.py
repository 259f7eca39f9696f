"""Keeps the lake small: merges files, expires snapshots, deletes files that nothing uses."""

import dagster as dg

from nija_domain.market.timeframes import DAY_US
from nija_pipelines.instance.retries import RETRY
from nija_pipelines.resources import Channel, Installation, LakeFolder, Registry


@dg.asset(group_name="lake", kinds={"duckdb"}, pool="lake_write", retry_policy=RETRY)
def merged_files(lake: LakeFolder) -> dg.MaterializeResult[None]:
    """Merge many small files into few large ones; every snapshot still reads the same."""
    with lake.open() as store:
        merged = store.merge_files()
    return dg.MaterializeResult(
        metadata={"files_before": merged.files_before, "files_after": merged.files_after}
    )


@dg.asset(
    group_name="lake",
    kinds={"duckdb"},
    deps=[merged_files],
    pool="lake_write",
    retry_policy=RETRY,
)
def expired_snapshots(
    installation: Installation, lake: LakeFolder, channel: Channel, registry: Registry
) -> dg.MaterializeResult[None]:
    """Expire old snapshots, except those that a release or a training was made from."""
    settings = installation.settings()
    keep = channel.pinned_snapshots() | registry.pinned_snapshots(settings)
    before_us = installation.wall_now_us() - settings.snapshot_days_kept * DAY_US
    with lake.open() as store:
        expired = store.expire_snapshots(keep=keep, before_us=before_us)
    return dg.MaterializeResult(metadata={"expired": len(expired), "pinned": len(keep)})


@dg.asset(
    group_name="lake",
    kinds={"duckdb"},
    deps=[expired_snapshots],
    pool="lake_write",
    retry_policy=RETRY,
)
def removed_files(installation: Installation, lake: LakeFolder) -> dg.MaterializeResult[None]:
    """Delete files that no snapshot uses, and what a killed writer left, after one day."""
    before_us = installation.wall_now_us() - DAY_US
    with lake.open() as store:
        removed = store.remove_files(before_us=before_us)
    return dg.MaterializeResult(metadata={"removed": len(removed)})
