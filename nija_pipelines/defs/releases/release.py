"""The release: signed and stored."""

import dagster as dg

from nija_domain.events.ledger import ReleasePublished
from nija_domain.releases.content import unpack_content
from nija_domain.releases.draft import Origin, draft_bundle
from nija_domain.releases.recipe import Recipe
from nija_pipelines.passing.recipes import under_settings
from nija_pipelines.passing.types import (
    Published,
    TrainingRun,
)
from nija_pipelines.resources import Channel, Installation, LakeFolder, LedgerFile


@dg.asset(group_name="releases")
def release(
    recipe: Recipe,
    training_run: TrainingRun,
    installation: Installation,
    lake: LakeFolder,
    channel: Channel,
    ledger: LedgerFile,
) -> Published:
    """Everything that the executor needs to decide, signed and stored, not yet promoted."""
    from nija_domain.releases.history.cuts import content_at

    settings, (version, commit) = installation.settings(), installation.code()
    made_from, snapshot_id = under_settings(recipe, installation), training_run.snapshot_id
    content = content_at(made_from, lake.read_histories(settings, snapshot_id))
    origin = Origin(
        sequence=channel.next_sequence(),
        created_us=max(cut.ts_us for cut in content.cuts) + content.timeframe_us,
        parents=channel.parents(settings.channel),
        data_snapshot=snapshot_id,
        code_version=version,
        code_commit=commit,
        training_run_id=training_run.run_id,
        key_id=channel.key_id(),
    )
    manifest, bundle = draft_bundle(content, origin)
    fingerprint = channel.publish(bundle)
    ledger.append(_published(origin, manifest.release_id, fingerprint))
    return Published(
        release_id=manifest.release_id,
        fingerprint=fingerprint,
        run_id=training_run.run_id,
        snapshot_id=snapshot_id,
        feedback_trades=training_run.feedback_trades,
        created_us=origin.created_us,
        subject=made_from.subject(snapshot_id),
    )


def _published(origin: Origin, release_id: str, fingerprint: str) -> ReleasePublished:
    return ReleasePublished(
        at_us=origin.created_us,
        release_id=release_id,
        fingerprint=fingerprint,
        parents=origin.parents,
    )


@dg.asset_check(asset=release, blocking=True)
def release_verified(release: Published, channel: Channel) -> dg.AssetCheckResult:
    """The stored release is complete, signed by a trusted key and readable by this version."""
    from nija_domain.errors import ReleaseInvalid

    try:
        content = unpack_content(channel.load(release.release_id).files)
    except ReleaseInvalid as error:
        return dg.AssetCheckResult(passed=False, metadata={"why": str(error)})
    return dg.AssetCheckResult(passed=True, metadata={"universe": list(content.universe)})
