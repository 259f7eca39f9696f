"""What trades by a channel, as everybody reads it who goes on from it."""

from pathlib import Path

from nija_adapters.release_store.keys import load_trusted_keys
from nija_adapters.release_store.store import ReleaseStore
from nija_domain.releases.content import ReleaseContent, unpack_content


def read_champion(releases: Path, *, keys: Path, channel: str) -> ReleaseContent | None:
    """None where nothing was promoted; what is broken, not trusted or not readable is refused."""
    store = ReleaseStore(releases)
    pointer = store.read_pointer(channel)
    if pointer is None:
        return None
    release = store.load_pointed(pointer, trusted_keys=load_trusted_keys(keys))
    return unpack_content(dict(release.bundle.files))
