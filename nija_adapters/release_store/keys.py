"""The key that signs releases, and the keys that are trusted."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from nija_adapters.release_store.durable import folder_locked, replace_file
from nija_domain.errors import NijaError

_SIGNING_FILE = "signing_key.pem"
_TRUSTED_SUFFIX = ".pub.pem"
_KEY_BYTES_MAX = 4096


class TrustedKey:
    """A public key, named by its own hash."""

    def __init__(self, public: Ed25519PublicKey) -> None:
        self._public = public
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.key_id = hashlib.sha256(raw).hexdigest()[:16]

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        public = serialization.load_pem_public_key(pem)
        if not isinstance(public, Ed25519PublicKey):
            raise TypeError("it is not an Ed25519 key")
        return cls(public)

    def to_pem(self) -> bytes:
        return self._public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def is_signature(self, signature: bytes, *, message: bytes) -> bool:
        """Whether this key signed these bytes."""
        try:
            self._public.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """A private key; it never appears in a text or log."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.trusted = TrustedKey(private.public_key())
        self.key_id = self.trusted.key_id

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        private = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(private, Ed25519PrivateKey):
            raise TypeError("it is not an Ed25519 key")
        return cls(private)

    def to_pem(self) -> bytes:
        return self._private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def sign(self, message: bytes) -> bytes:
        """The signature of these bytes."""
        return self._private.sign(message)


def load_or_create_signing_key(folder: Path) -> SigningKey:
    """The signing key of this folder; a new one is trusted by this folder at once."""
    path = folder / _SIGNING_FILE
    with folder_locked(folder):
        if not path.exists():
            _create_signing_key(path)
        with path.open("rb") as file:
            _refuse_shared(path, mode=os.fstat(file.fileno()).st_mode)
            pem = file.read(_KEY_BYTES_MAX)
    try:
        return SigningKey.from_pem(pem)
    except (ValueError, TypeError) as error:
        raise NijaError(
            f"signing key {path} cannot be read; restore it from a copy,"
            " or move it away to start with a new key"
        ) from error


def load_trusted_keys(folder: Path) -> Mapping[str, TrustedKey]:
    """All trusted public keys of the folder, by id; without any, no release is trusted."""
    keys = (_load_trusted_key(path) for path in sorted(folder.glob(f"*{_TRUSTED_SUFFIX}")))
    return {key.key_id: key for key in keys}


def _load_trusted_key(path: Path) -> TrustedKey:
    try:
        with path.open("rb") as file:
            key = TrustedKey.from_pem(file.read(_KEY_BYTES_MAX))
    except (OSError, ValueError, TypeError) as error:
        raise NijaError(
            f"trusted key {path} cannot be read ({error}); replace it or remove it"
        ) from error
    if path.name != key.key_id + _TRUSTED_SUFFIX:
        raise NijaError(
            f"trusted key {path} does not hold the key of its name;"
            f" rename it to {key.key_id}{_TRUSTED_SUFFIX} if you trust it, or remove it"
        )
    return key


def _create_signing_key(path: Path) -> None:
    key = SigningKey(Ed25519PrivateKey.generate())
    # Public first: a crash in between leaves trust in a key that nobody holds, not the reverse.
    replace_file(path.with_name(key.key_id + _TRUSTED_SUFFIX), key.trusted.to_pem())
    replace_file(path, key.to_pem(), mode=0o600)


def _refuse_shared(path: Path, *, mode: int) -> None:
    if mode & 0o077:
        raise NijaError(
            f"signing key {path} can be read or changed by others (mode {mode & 0o777:o});"
            f" replace the key, or run: chmod 600 {path}"
        )
