"""Signs bundles, and accepts only those of a trusted key."""

from collections.abc import Mapping

import msgspec

from nija_adapters.release_store.keys import SigningKey, TrustedKey
from nija_domain.errors import ReleaseInvalid
from nija_domain.releases.manifest import Bundle, Manifest, check_bundle, read_manifest


def sign(bundle: Bundle, *, signing_key: SigningKey) -> Bundle:
    """The bundle with its signature, after checking that it is complete and names this key."""
    manifest = check_bundle(bundle)
    if manifest.key_id != signing_key.key_id:
        raise ReleaseInvalid(
            f"release {manifest.release_id} names key {manifest.key_id!r} and"
            f" {signing_key.key_id!r} would sign it; write the manifest with the signing key's id"
        )
    signature = signing_key.sign(bundle.manifest_bytes)
    return msgspec.structs.replace(bundle, signature=signature)


def verify_manifest(
    manifest_bytes: bytes, *, signature: bytes, trusted_keys: Mapping[str, TrustedKey]
) -> Manifest:
    """The manifest; raises `ReleaseInvalid` unless a trusted key signed exactly these bytes."""
    manifest = read_manifest(manifest_bytes)
    key = trusted_keys.get(manifest.key_id)
    if key is None:
        raise ReleaseInvalid(
            f"release {manifest.release_id} is signed by key {manifest.key_id!r}, which is not"
            " trusted; put its public key beside the trusted ones if you trust it"
        )
    if not key.is_signature(signature, message=manifest_bytes):
        raise ReleaseInvalid(
            f"the signature of release {manifest.release_id} does not fit its manifest;"
            " publish the release again"
        )
    return manifest
