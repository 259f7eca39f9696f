"""The folder of releases: published once, verified at each load."""

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from nija_adapters.release_store.channels import Channels, Pointer
from nija_adapters.release_store.durable import (
    create_file,
    folder_locked,
    read_plain_file,
    sync_folder,
)
from nija_adapters.release_store.keys import TrustedKey
from nija_adapters.release_store.signatures import verify_manifest
from nija_domain.errors import ReleaseInvalid
from nija_domain.releases.manifest import (
    Bundle,
    Manifest,
    check_bundle,
    fingerprint,
    read_manifest,
)

_MANIFEST = "manifest.json"
_SIGNATURE = "signature"
_FILES = "files"

_SIGNATURE_BYTES = 64
_MANIFEST_BYTES_MAX = 1 << 20
_FILE_BYTES_MAX = 64 << 20

_RELEASE_ID = re.compile(r"r-[0-9a-f]{12}-[1-9][0-9]{0,17}")


class VerifiedBundle(msgspec.Struct, frozen=True):
    """A bundle that was complete and signed by a trusted key when it was read."""

    manifest: Manifest
    bundle: Bundle


class ReleaseStore:
    """A release is visible complete or not at all, and never changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._releases = folder / "releases"
        self._incoming = folder / "incoming"
        self._channels = Channels(folder / "channels")

    def publish(self, bundle: Bundle) -> Pointer:
        """Store the bundle; returns its name. Publishing the same bundle twice changes nothing."""
        manifest = check_bundle(bundle)
        _check_sizes(bundle)
        target = self._releases / manifest.release_id
        with folder_locked(self._folder):
            if os.path.lexists(target):
                self._refuse_other(bundle, release_id=manifest.release_id)
            else:
                self._write(bundle, target=target)
        return _pointer_to(manifest, manifest_bytes=bundle.manifest_bytes)

    def point(self, channel: str, release_id: str) -> Pointer:
        """Point the channel at this release; the one before is remembered."""
        manifest_bytes = read_plain_file(
            self._release_folder(release_id) / _MANIFEST, size_max=_MANIFEST_BYTES_MAX
        )
        pointer = _pointer_to(read_manifest(manifest_bytes), manifest_bytes=manifest_bytes)
        _check_identity(pointer.release_id, expected=release_id)
        self._channels.point(channel, pointer=pointer)
        return pointer

    def unpoint(self, channel: str) -> None:
        """Point the channel at nothing."""
        self._channels.unpoint(channel)

    def read_pointer(self, channel: str) -> Pointer | None:
        """The release that the channel points at; None before its first promotion."""
        return self._channels.read(channel)

    def read_history(self, channel: str) -> tuple[Pointer, ...]:
        """The releases that the channel pointed at before, oldest first."""
        return self._channels.read_history(channel)

    def list_releases(self) -> tuple[str, ...]:
        """The ids of all releases, in order."""
        if not self._releases.exists():
            return ()
        ids = (path.name for path in self._releases.iterdir() if _RELEASE_ID.fullmatch(path.name))
        return tuple(sorted(ids, key=lambda release_id: int(release_id.rsplit("-", 1)[1])))

    def load(self, release_id: str, *, trusted_keys: Mapping[str, TrustedKey]) -> VerifiedBundle:
        """Load a release; raises `ReleaseInvalid` unless it is complete, unchanged and trusted."""
        folder = self._release_folder(release_id)
        head = _read_head(folder)
        manifest = verify_manifest(
            head.manifest_bytes, signature=head.signature, trusted_keys=trusted_keys
        )
        _check_identity(manifest.release_id, expected=release_id)
        bundle = msgspec.structs.replace(head, files=_read_files(folder, manifest=manifest))
        check_bundle(bundle)
        return VerifiedBundle(manifest, bundle)

    def load_pointed(
        self, pointer: Pointer, *, trusted_keys: Mapping[str, TrustedKey]
    ) -> VerifiedBundle:
        """Load the release of this pointer; raises `ReleaseInvalid` if its fingerprint differs."""
        release = self.load(pointer.release_id, trusted_keys=trusted_keys)
        found = _pointer_to(release.manifest, manifest_bytes=release.bundle.manifest_bytes)
        if found != pointer:
            raise ReleaseInvalid(
                f"release {pointer.release_id} has fingerprint {found.fingerprint} and the"
                f" channel promised {pointer.fingerprint}; promote a release again"
            )
        return release

    def _release_folder(self, release_id: str) -> Path:
        if not _RELEASE_ID.fullmatch(release_id):
            raise ReleaseInvalid(
                f"release id {release_id!r} is not valid; write it like r-1f3a5c7e9b0d-7"
            )
        return self._releases / release_id

    def _write(self, bundle: Bundle, *, target: Path) -> None:
        # What lies in there belongs to writers that died: the living one holds the lock.
        shutil.rmtree(self._incoming, ignore_errors=True)
        self._incoming.mkdir(exist_ok=True)
        self._releases.mkdir(exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=self._incoming))
        draft.chmod(0o755)
        (draft / _FILES).mkdir()
        for name, content in bundle.files.items():
            create_file(draft / _FILES / name, content)
        create_file(draft / _MANIFEST, bundle.manifest_bytes)
        create_file(draft / _SIGNATURE, bundle.signature)
        sync_folder(draft / _FILES)
        sync_folder(draft)
        draft.rename(target)
        sync_folder(self._releases)
        sync_folder(self._folder)

    def _refuse_other(self, bundle: Bundle, *, release_id: str) -> None:
        folder = self._releases / release_id
        head = _read_head(folder)
        files = _read_files(folder, manifest=read_manifest(head.manifest_bytes))
        if msgspec.structs.replace(head, files=files) != bundle:
            raise ReleaseInvalid(
                f"release {release_id} is published already with other content;"
                " publish the new one under the next sequence"
            )


def _pointer_to(manifest: Manifest, *, manifest_bytes: bytes) -> Pointer:
    return Pointer(manifest.release_id, fingerprint(manifest_bytes), manifest.sequence)


def _check_identity(found: str, *, expected: str) -> None:
    if found != expected:
        raise ReleaseInvalid(
            f"the folder of release {expected} holds release {found}; publish the release again"
        )


def _check_sizes(bundle: Bundle) -> None:
    """What could not be loaded again is not published."""
    if len(bundle.signature) != _SIGNATURE_BYTES:
        raise ReleaseInvalid("the bundle is not signed; sign it, then publish it")
    if len(bundle.manifest_bytes) > _MANIFEST_BYTES_MAX:
        raise ReleaseInvalid(f"the manifest is longer than {_MANIFEST_BYTES_MAX} bytes; shorten it")
    for name, content in bundle.files.items():
        if len(content) > _FILE_BYTES_MAX:
            raise ReleaseInvalid(f"file {name!r} is over {_FILE_BYTES_MAX} bytes; make it smaller")


def _read_head(folder: Path) -> Bundle:
    """The manifest and its signature, no file read yet."""
    _check_folder(folder, names={_MANIFEST, _SIGNATURE, _FILES})
    return Bundle(
        manifest_bytes=read_plain_file(folder / _MANIFEST, size_max=_MANIFEST_BYTES_MAX),
        signature=read_plain_file(folder / _SIGNATURE, size_max=_SIGNATURE_BYTES),
        files={},
    )


def _read_files(folder: Path, *, manifest: Manifest) -> dict[str, bytes]:
    names = [entry.name for entry in manifest.files]
    _check_folder(folder / _FILES, names=set(names))
    return {
        name: read_plain_file(folder / _FILES / name, size_max=_FILE_BYTES_MAX) for name in names
    }


def _check_folder(folder: Path, *, names: set[str]) -> None:
    """A real folder, no link, that holds exactly these names."""
    try:
        is_folder = stat.S_ISDIR(folder.lstat().st_mode)
        found = {entry.name for entry in os.scandir(folder)} if is_folder else set()
    except OSError as error:
        raise ReleaseInvalid(
            f"{folder} cannot be read ({error.strerror}); publish the release first"
        ) from error
    if not is_folder:
        raise ReleaseInvalid(f"{folder} is a link or a file; publish the release again")
    for name in sorted(found ^ names):
        state = "is missing" if name in names else "does not belong there"
        raise ReleaseInvalid(f"{folder / name} {state}; publish the release again")
