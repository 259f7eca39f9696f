"""Releases are published whole, named by channels, and believed only when nothing changed."""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from release_samples import RELEASE_FILES, signed_release, unsigned_release

from nija_adapters.release_store.keys import (
    SigningKey,
    load_or_create_signing_key,
    load_trusted_keys,
)
from nija_adapters.release_store.signatures import sign
from nija_adapters.release_store.store import ReleaseStore
from nija_domain.errors import NijaError, ReleaseInvalid
from nija_domain.releases.manifest import fingerprint


def test_what_was_published_is_loaded_whole(
    tmp_path: Path, store: ReleaseStore, key: SigningKey
) -> None:
    """Publishing twice changes nothing; the loaded bundle equals the published one."""
    bundle = signed_release(key)
    first = store.publish(bundle)
    second = store.publish(bundle)

    release = store.load(first.release_id, trusted_keys=load_trusted_keys(tmp_path / "keys"))

    assert first == second
    assert first.fingerprint == fingerprint(bundle.manifest_bytes)
    assert release.bundle == bundle
    assert release.manifest.release_id == first.release_id
    assert store.list_releases() == (first.release_id,)


def test_one_changed_byte_anywhere_is_refused(
    tmp_path: Path, store: ReleaseStore, key: SigningKey
) -> None:
    """Every byte of every file, of the manifest and of the signature counts."""
    pointer = store.publish(signed_release(key))
    trusted = load_trusted_keys(tmp_path / "keys")
    folder = tmp_path / "store" / "releases" / pointer.release_id
    paths = [path for path in folder.rglob("*") if path.is_file()]
    for path in paths:
        whole = path.read_bytes()
        for at in range(len(whole)):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :])
            with pytest.raises(ReleaseInvalid):
                store.load(pointer.release_id, trusted_keys=trusted)
        for changed in (whole[:-1], whole + b"\n"):
            path.write_bytes(changed)
            with pytest.raises(ReleaseInvalid):
                store.load(pointer.release_id, trusted_keys=trusted)
        path.write_bytes(whole)

    assert len(paths) == 4
    assert store.load(pointer.release_id, trusted_keys=trusted).manifest.sequence == 1


def test_a_whole_release_of_an_untrusted_key_is_refused(
    tmp_path: Path, store: ReleaseStore, key: SigningKey
) -> None:
    """Neither a stranger's key nor a stranger under a trusted name is believed."""
    stranger = load_or_create_signing_key(tmp_path / "stranger")
    trusted = load_trusted_keys(tmp_path / "keys")
    named = store.publish(signed_release(stranger))
    disguised = unsigned_release(key.key_id, sequence=2)
    forged = msgspec.structs.replace(disguised, signature=stranger.sign(disguised.manifest_bytes))
    hidden = store.publish(forged)

    with pytest.raises(ReleaseInvalid, match=f"key '{stranger.key_id}', which is not trusted"):
        store.load(named.release_id, trusted_keys=trusted)
    with pytest.raises(ReleaseInvalid, match=r"signature of release .* does not fit"):
        store.load(hidden.release_id, trusted_keys=trusted)
    with pytest.raises(ReleaseInvalid, match="would sign it"):
        sign(disguised, signing_key=stranger)


def test_other_content_under_a_published_name_is_refused(
    tmp_path: Path, store: ReleaseStore, key: SigningKey
) -> None:
    """The same files under another manifest have the same name: the first one stays."""
    pointer = store.publish(signed_release(key))

    with pytest.raises(ReleaseInvalid, match=f"{pointer.release_id} is published already"):
        store.publish(signed_release(key, created_us=2))
    loaded = store.load_pointed(pointer, trusted_keys=load_trusted_keys(tmp_path / "keys"))
    assert loaded.manifest.created_us == 1


def test_an_unsigned_or_unwhole_bundle_is_never_published(
    store: ReleaseStore, key: SigningKey
) -> None:
    """What could not be loaded leaves no trace in the store."""
    whole = signed_release(key)

    with pytest.raises(ReleaseInvalid, match="not signed"):
        store.publish(unsigned_release(key.key_id))
    with pytest.raises(ReleaseInvalid, match=r"strategy\.py"):
        store.publish(
            msgspec.structs.replace(whole, files={**RELEASE_FILES, "strategy.py": b"evil\n"})
        )
    assert store.list_releases() == ()


def test_a_pointer_is_true_to_one_fingerprint(
    tmp_path: Path, store: ReleaseStore, key: SigningKey
) -> None:
    """A trusted release under the promised name, yet with another manifest, is refused."""
    pointer = store.publish(signed_release(key))
    other = ReleaseStore(tmp_path / "other")
    other.publish(signed_release(key, created_us=2))
    trusted = load_trusted_keys(tmp_path / "keys")

    with pytest.raises(ReleaseInvalid, match=f"promised {pointer.fingerprint}"):
        other.load_pointed(pointer, trusted_keys=trusted)


@pytest.mark.parametrize("release_id", ["", "..", "r-1f3a5c7e9b0d-0", "r-1f3a5c7e9b0d-1/..", "x"])
def test_a_release_id_never_leaves_its_folder(store: ReleaseStore, release_id: str) -> None:
    """Only names that a manifest could have given reach the disk."""
    with pytest.raises(ReleaseInvalid, match="release id"):
        store.load(release_id, trusted_keys={})


def _link_file(folder: Path) -> None:
    path = folder / "files" / "strategy.py"
    path.rename(folder.parent / "elsewhere.py")
    path.symlink_to(folder.parent / "elsewhere.py")


def _link_files(folder: Path) -> None:
    (folder / "files").rename(folder.parent / "elsewhere")
    (folder / "files").symlink_to(folder.parent / "elsewhere")


def _link_release(folder: Path) -> None:
    folder.rename(folder.parent / "elsewhere")
    folder.symlink_to(folder.parent / "elsewhere")


def _pipe_file(folder: Path) -> None:
    (folder / "files" / "strategy.py").unlink()
    os.mkfifo(folder / "files" / "strategy.py")


def _extra_file(folder: Path) -> None:
    (folder / "files" / "more.py").write_bytes(b"")


def _extra_beside(folder: Path) -> None:
    (folder / "more.json").write_bytes(b"")


def _missing_file(folder: Path) -> None:
    (folder / "files" / "strategy.py").unlink()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_link_file, r"strategy\.py is missing, a link"),
        (_link_files, "files is a link"),
        (_link_release, "is a link"),
        (_pipe_file, r"strategy\.py is not a plain file"),
        (_extra_file, r"more\.py does not belong"),
        (_extra_beside, r"more\.json does not belong"),
        (_missing_file, r"strategy\.py is missing"),
    ],
)
def test_a_release_is_plain_files_and_exactly_its_own(
    tmp_path: Path, store: ReleaseStore, key: SigningKey, damage: Callable[[Path], None], said: str
) -> None:
    """Links, pipes, strangers and gaps are refused by name, though every hash would fit."""
    pointer = store.publish(signed_release(key))
    damage(tmp_path / "store" / "releases" / pointer.release_id)

    with pytest.raises(ReleaseInvalid, match=said):
        store.load(pointer.release_id, trusted_keys=load_trusted_keys(tmp_path / "keys"))


def test_a_store_that_cannot_be_written_is_named(tmp_path: Path, key: SigningKey) -> None:
    """A file where the folder should be stands for every path that cannot be written."""
    (tmp_path / "store").write_text("in the way")

    with pytest.raises(NijaError, match=r"store: .*make the folder writable"):
        ReleaseStore(tmp_path / "store").publish(signed_release(key))
