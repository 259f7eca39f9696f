"""A channel names one release and remembers those before it."""

from pathlib import Path

import pytest
from release_samples import signed_release

from nija_adapters.release_store.keys import SigningKey
from nija_adapters.release_store.store import ReleaseStore
from nija_domain.errors import ReleaseInvalid


def test_a_channel_remembers_what_it_named_before(store: ReleaseStore, key: SigningKey) -> None:
    """The last of the history is what a roll-back names; pointing twice changes nothing."""
    first = store.publish(signed_release(key))
    second = store.publish(signed_release(key, sequence=2))
    before = store.read_pointer("paper")

    for pointer in (first, first, second):
        store.point("paper", pointer.release_id)
    rolled_back_to = store.read_history("paper")[-1]
    store.point("paper", rolled_back_to.release_id)

    assert before is None
    assert store.read_pointer("paper") == first
    assert store.read_history("paper") == (first, second)
    assert store.read_history("live") == ()
    assert store.read_pointer("live") is None


@pytest.mark.parametrize("name", ["", "Paper", "../paper", "a/b", "x" * 40])
def test_a_channel_name_never_leaves_its_folder(store: ReleaseStore, name: str) -> None:
    """Channel names are short plain words."""
    with pytest.raises(ReleaseInvalid, match="channel"):
        store.read_pointer(name)


def test_a_channel_points_at_published_releases_only(store: ReleaseStore) -> None:
    """The pointer to a release that is not there is never written."""
    with pytest.raises(ReleaseInvalid, match=r"manifest\.json is missing.*publish"):
        store.point("paper", "r-1f3a5c7e9b0d-1")
    assert store.read_pointer("paper") is None


def test_a_damaged_pointer_is_named(tmp_path: Path, store: ReleaseStore, key: SigningKey) -> None:
    """A pointer file that cannot be read is no release, and no silence either."""
    store.point("paper", store.publish(signed_release(key)).release_id)
    (tmp_path / "store" / "channels" / "paper.json").write_bytes(b'{"release_id":"r')

    with pytest.raises(ReleaseInvalid, match=r"paper\.json names no release.*promote"):
        store.read_pointer("paper")
