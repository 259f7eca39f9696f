"""A release as a value: its files, the manifest that lists them, and the check of both."""

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from nija_domain.errors import ReleaseInvalid

MANIFEST_FORMAT = 1

_FILES_MAX = 256
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")

Count = Annotated[int, Meta(ge=0)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    size: Count
    sha256: Sha256


class Approval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who allowed what, when and why."""

    at_us: Count
    by: str
    what: str
    why: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a release is made of and where it comes from."""

    format: int
    release_id: str
    sequence: Annotated[int, Meta(ge=1)]
    created_us: Count
    parents: tuple[str, ...]
    data_snapshot: Count
    code_commit: str
    code_version: str
    training_run_id: str
    key_id: str
    files: Annotated[tuple[FileEntry, ...], Meta(min_length=1, max_length=_FILES_MAX)]
    approvals: tuple[Approval, ...]


class Bundle(msgspec.Struct, frozen=True):
    """A whole release in memory; the signature covers the manifest's bytes."""

    manifest_bytes: bytes
    signature: bytes
    files: dict[str, bytes]


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Manifest)


def list_files(files: Mapping[str, bytes]) -> tuple[FileEntry, ...]:
    """The entries of a manifest for these files, in the order of their names."""
    return tuple(
        FileEntry(name, len(content), hashlib.sha256(content).hexdigest())
        for name, content in sorted(files.items())
    )


def release_id_of(entries: tuple[FileEntry, ...], *, sequence: int) -> str:
    """The id, made from the content: `r-1f3a5c7e9b0d-7`."""
    digest = hashlib.sha256(_encoder.encode(entries)).hexdigest()
    return f"r-{digest[:12]}-{sequence}"


def write_manifest(manifest: Manifest) -> bytes:
    """The manifest as bytes; equal manifests give equal bytes."""
    manifest_bytes = _encoder.encode(manifest)
    read_manifest(manifest_bytes)
    return manifest_bytes


def read_manifest(manifest_bytes: bytes) -> Manifest:
    """The manifest; raises `ReleaseInvalid` unless the bytes are canonical and known."""
    try:
        manifest = _decoder.decode(manifest_bytes)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ReleaseInvalid(
            f"the manifest cannot be read ({error}); publish the release again"
        ) from error
    if manifest.format != MANIFEST_FORMAT:
        raise ReleaseInvalid(
            f"the manifest's format is {manifest.format} and this version reads"
            f" {MANIFEST_FORMAT}; publish the release with the matching version"
        )
    if _encoder.encode(manifest) != manifest_bytes:
        raise ReleaseInvalid("the manifest is not in canonical form; publish the release again")
    _check_names(manifest)
    if manifest.release_id != release_id_of(manifest.files, sequence=manifest.sequence):
        raise ReleaseInvalid(
            f"the manifest's release_id {manifest.release_id!r} does not follow from its files;"
            " publish the release again"
        )
    return manifest


def fingerprint(manifest_bytes: bytes) -> str:
    """The one hash that stands for the whole release."""
    return hashlib.sha256(manifest_bytes).hexdigest()


def check_bundle(bundle: Bundle) -> Manifest:
    """The manifest; raises `ReleaseInvalid` if a file is missing, unknown or changed."""
    manifest = read_manifest(bundle.manifest_bytes)
    named = {entry.name for entry in manifest.files}
    for name in sorted(bundle.files.keys() - named):
        raise ReleaseInvalid(f"file {name!r} is not in the manifest; remove it from the release")
    for entry in manifest.files:
        if entry.name not in bundle.files:
            raise ReleaseInvalid(f"file {entry.name!r} is missing; publish the release again")
        _check_file(entry, content=bundle.files[entry.name])
    return manifest


def _check_file(entry: FileEntry, *, content: bytes) -> None:
    if len(content) != entry.size:
        raise ReleaseInvalid(
            f"file {entry.name!r} has {len(content)} bytes and the manifest says {entry.size};"
            " publish the release again"
        )
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise ReleaseInvalid(
            f"file {entry.name!r} differs from its hash in the manifest; publish the release again"
        )


def _check_names(manifest: Manifest) -> None:
    # Folded: two names that differ in case only would be one file on some disks.
    seen: set[str] = set()
    for entry in manifest.files:
        if not _SAFE_NAME.fullmatch(entry.name) or ".." in entry.name:
            raise ReleaseInvalid(
                f"file name {entry.name!r} is not safe; use up to 64 letters, digits, '_', '-'"
                " and single dots, and start with a letter or digit"
            )
        if entry.name.casefold() in seen:
            raise ReleaseInvalid(
                f"file name {entry.name!r} is listed twice; give each file its own name"
            )
        seen.add(entry.name.casefold())
