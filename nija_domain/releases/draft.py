"""From content and origin to an unsigned bundle."""

import msgspec

from nija_domain.releases.content import ReleaseContent, pack_content
from nija_domain.releases.manifest import (
    MANIFEST_FORMAT,
    Bundle,
    Manifest,
    list_files,
    release_id_of,
    write_manifest,
)


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a release comes from: data, code, training and parents."""

    sequence: int
    created_us: int
    parents: tuple[str, ...]
    data_snapshot: int
    code_version: str
    code_commit: str
    training_run_id: str
    key_id: str


def draft_bundle(content: ReleaseContent, origin: Origin) -> tuple[Manifest, Bundle]:
    """The unsigned bundle; equal content and origin give equal bytes."""
    files = pack_content(content)
    entries = list_files(files)
    manifest = Manifest(
        format=MANIFEST_FORMAT,
        release_id=release_id_of(entries, sequence=origin.sequence),
        files=entries,
        approvals=(),
        **msgspec.structs.asdict(origin),
    )
    return manifest, Bundle(write_manifest(manifest), b"", files)
