"""The channels of candidates: a release is put into one, or taken out of it."""

from collections.abc import Mapping
from pathlib import Path

from nija_adapters.release_store.channels import Pointer
from nija_adapters.release_store.durable import folder_locked
from nija_adapters.release_store.keys import TrustedKey
from nija_adapters.release_store.store import ReleaseStore
from nija_domain.errors import ReleaseInvalid
from nija_domain.releases.candidate_channels import (
    CANDIDATE_CHANNELS,
    channel_for,
    free_channel,
)


class CandidateChannels:
    """Of one folder of releases; writers wait for each other."""

    def __init__(self, folder: Path, *, trusted_keys: Mapping[str, TrustedKey]) -> None:
        self._folder = folder
        self._store = ReleaseStore(folder)
        self._keys = trusted_keys

    def pointed(self) -> dict[str, Pointer]:
        """The channels that are taken."""
        read = {name: self._store.read_pointer(name) for name in CANDIDATE_CHANNELS}
        return {name: pointer for name, pointer in read.items() if pointer is not None}

    def add(self, release_id: str, *, channel: str | None = None) -> str:
        """Put a release into this channel or into a free one; returns which.

        Raises `ReleaseInvalid` if it cannot be verified, or if no channel is free and none named.
        """
        self._store.load(release_id, trusted_keys=self._keys)
        with folder_locked(self._folder):
            taken = self.pointed()
            if known := _channel_of(release_id, taken):
                return known
            chosen = _known_channel(channel) if channel else free_channel(taken)
            if chosen is None:
                raise ReleaseInvalid(
                    f"all {len(taken)} candidate channels are taken; name the one whose release"
                    f" makes room, such as {CANDIDATE_CHANNELS[0]}, or drop one first"
                )
            self._store.point(chosen, release_id)
        return chosen

    def challenge(self, release_id: str) -> str | None:
        """Put a new challenger into a channel, where one is free or has had its time."""
        manifest = self._store.load(release_id, trusted_keys=self._keys).manifest
        with folder_locked(self._folder):
            taken = self.pointed()
            if known := _channel_of(release_id, taken):
                return known
            chosen = channel_for(
                manifest.created_us,
                {name: self._created_us(pointer) for name, pointer in taken.items()},
            )
            if chosen is not None:
                self._store.point(chosen, release_id)
        return chosen

    def drop(self, channel: str) -> str:
        """Empty a channel; returns the release that it pointed at."""
        with folder_locked(self._folder):
            pointer = self.pointed().get(_known_channel(channel))
            if pointer is None:
                raise ReleaseInvalid(f"channel {channel} points at no release; nothing to drop")
            self._store.unpoint(channel)
        return pointer.release_id

    def _created_us(self, pointer: Pointer) -> int:
        """A release that cannot be read any more makes room at once."""
        try:
            return self._store.load(pointer.release_id, trusted_keys=self._keys).manifest.created_us
        except ReleaseInvalid:
            return 0


def _channel_of(release_id: str, taken: Mapping[str, Pointer]) -> str | None:
    found = (name for name, pointer in taken.items() if pointer.release_id == release_id)
    return next(found, None)


def _known_channel(channel: str) -> str:
    if channel not in CANDIDATE_CHANNELS:
        raise ReleaseInvalid(
            f"{channel!r} is no channel of candidates; name one of {', '.join(CANDIDATE_CHANNELS)}"
        )
    return channel
