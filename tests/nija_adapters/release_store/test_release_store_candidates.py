"""Candidates' channels: verified releases only, one channel each, emptied by a word."""

from pathlib import Path

import pytest
from release_samples import signed_release

from nija_adapters.release_store.candidate_channels import CandidateChannels
from nija_adapters.release_store.keys import SigningKey, load_trusted_keys
from nija_adapters.release_store.store import ReleaseStore
from nija_domain.errors import ReleaseInvalid
from nija_domain.releases.candidate_channels import CANDIDATE_CHANNELS, TENURE_US


@pytest.fixture
def channels(tmp_path: Path, key: SigningKey) -> CandidateChannels:
    assert key
    return CandidateChannels(tmp_path / "store", trusted_keys=load_trusted_keys(tmp_path / "keys"))


def _published(store: ReleaseStore, key: SigningKey, *, sequence: int, created_us: int = 1) -> str:
    release = signed_release(key, sequence=sequence, created_us=created_us)
    return store.publish(release).release_id


def test_each_takes_a_free_channel_until_none_is_left(
    store: ReleaseStore, key: SigningKey, channels: CandidateChannels
) -> None:
    """One that has a channel keeps it; a named channel makes room."""
    ids = [_published(store, key, sequence=number) for number in range(1, 5)]

    assert [channels.add(each) for each in ids[:3]] == [*CANDIDATE_CHANNELS]
    assert channels.add(ids[1]) == "candidate-2"
    with pytest.raises(ReleaseInvalid, match="all 3 candidate channels are taken"):
        channels.add(ids[3])
    assert channels.add(ids[3], channel="candidate-3") == "candidate-3"
    assert {name: each.release_id for name, each in channels.pointed().items()} == dict(
        zip(CANDIDATE_CHANNELS, (ids[0], ids[1], ids[3]), strict=True)
    )


def test_a_dropped_channel_is_empty_and_free(
    store: ReleaseStore, key: SigningKey, channels: CandidateChannels
) -> None:
    """What it pointed at is remembered; to drop it twice is told."""
    release_id = _published(store, key, sequence=1)
    channels.add(release_id)

    assert channels.drop("candidate-1") == release_id
    assert store.read_pointer("candidate-1") is None
    assert [each.release_id for each in store.read_history("candidate-1")] == [release_id]
    with pytest.raises(ReleaseInvalid, match="points at no release"):
        channels.drop("candidate-1")
    assert channels.add(release_id) == "candidate-1"


def test_what_is_not_verified_is_not_added(
    tmp_path: Path, store: ReleaseStore, key: SigningKey, channels: CandidateChannels
) -> None:
    """Nor put where the champion is."""
    release_id = _published(store, key, sequence=1)
    with pytest.raises(ReleaseInvalid, match="is no channel of candidates"):
        channels.add(release_id, channel="champion")
    (tmp_path / "store" / "releases" / release_id / "signature").write_bytes(bytes(64))

    with pytest.raises(ReleaseInvalid, match="signature"):
        channels.add(release_id)
    assert channels.pointed() == {}


def test_a_challenger_takes_the_oldest_ones_place_after_its_time(
    store: ReleaseStore, key: SigningKey, channels: CandidateChannels
) -> None:
    """Not before; asked again, it has its channel."""
    made_us = (1, 2, 3, TENURE_US, TENURE_US + 1)
    ids = [
        _published(store, key, sequence=number, created_us=created_us)
        for number, created_us in enumerate(made_us, start=1)
    ]
    taken = [channels.challenge(each) for each in ids]

    assert taken == [*CANDIDATE_CHANNELS, None, "candidate-1"]
    assert channels.challenge(ids[4]) == "candidate-1"
