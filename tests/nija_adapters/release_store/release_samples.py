"""Small releases for the tests of their store."""

from nija_adapters.release_store.keys import SigningKey
from nija_adapters.release_store.signatures import sign
from nija_domain.releases.manifest import (
    Bundle,
    Manifest,
    list_files,
    release_id_of,
    write_manifest,
)

RELEASE_FILES = {"content.json": b'{"share":0.25}', "strategy.py": b"pass\n"}


def unsigned_release(
    key_id: str, *, sequence: int = 1, created_us: int = 1, data_snapshot: int = 1
) -> Bundle:
    entries = list_files(RELEASE_FILES)
    manifest = Manifest(
        format=1,
        release_id=release_id_of(entries, sequence=sequence),
        sequence=sequence,
        created_us=created_us,
        parents=(),
        data_snapshot=data_snapshot,
        code_commit="c0ffee",
        code_version="0.1.0",
        training_run_id="run",
        key_id=key_id,
        files=entries,
        approvals=(),
    )
    return Bundle(write_manifest(manifest), b"", RELEASE_FILES)


def signed_release(
    key: SigningKey, *, sequence: int = 1, created_us: int = 1, data_snapshot: int = 1
) -> Bundle:
    unsigned = unsigned_release(
        key.key_id, sequence=sequence, created_us=created_us, data_snapshot=data_snapshot
    )
    return sign(unsigned, signing_key=key)
