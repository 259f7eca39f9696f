"""A signing key and an empty store for each test."""

from pathlib import Path

import pytest

from nija_adapters.release_store.keys import SigningKey, load_or_create_signing_key
from nija_adapters.release_store.store import ReleaseStore


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return load_or_create_signing_key(tmp_path / "keys")


@pytest.fixture
def store(tmp_path: Path) -> ReleaseStore:
    return ReleaseStore(tmp_path / "store")
