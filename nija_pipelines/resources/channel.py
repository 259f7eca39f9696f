"""The release channel as the pipelines hold it: sign, publish, verify, point, direct."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from nija_adapters.home.places import Home
from nija_domain.errors import ReleaseInvalid
from nija_domain.releases.content import ReleaseContent
from nija_domain.releases.directive import Directive, DirectiveDraft
from nija_domain.releases.manifest import Bundle, Manifest, read_manifest

if TYPE_CHECKING:
    from nija_adapters.release_store.keys import SigningKey
    from nija_adapters.release_store.store import ReleaseStore


class Channel(dg.ConfigurableResource):
    """Everything that reaches an executor goes through here, under a signature."""

    home: str

    def key_id(self) -> str:
        return self._signing_key().key_id

    def next_sequence(self) -> int:
        releases = self._store().list_releases()
        return int(releases[-1].rsplit("-", 1)[1]) + 1 if releases else 1

    def parents(self, channel: str) -> tuple[str, ...]:
        pointer = self._store().read_pointer(channel)
        return (pointer.release_id,) if pointer else ()

    def champion(self, channel: str) -> str | None:
        """The id of the release that trades, if one was ever promoted."""
        pointer = self._store().read_pointer(channel)
        return pointer.release_id if pointer else None

    def pointed_at(self, channel: str) -> tuple[str, ...]:
        """Every release that the channel named, one after another, its champion last."""
        store = self._store()
        pointers = (*store.read_history(channel), store.read_pointer(channel))
        return tuple(pointer.release_id for pointer in pointers if pointer)

    def direct(self, channel: str, draft: DirectiveDraft) -> Directive:
        """The directive under its number, signed; the executor takes it at its next turn."""
        from nija_adapters.release_store.directives import Directives

        folder = self._home().directives(channel)
        return Directives(folder).issue(draft, signing_key=self._signing_key())

    def newest_directive(self, channel: str, kind: str) -> Directive | None:
        """The last one of a kind that a trusted key signed."""
        from nija_adapters.release_store.directives import Directives
        from nija_adapters.release_store.keys import load_trusted_keys

        directives = Directives(self._home().directives(channel))
        numbers = directives.numbers_after(0)
        keys = load_trusted_keys(self._home().keys) if numbers else {}
        for number in reversed(numbers):
            directive = directives.load(number, trusted_keys=keys)
            if directive.kind == kind:
                return directive
        return None

    def publish(self, bundle: Bundle) -> str:
        """The fingerprint of the signed and stored bundle."""
        from nija_adapters.release_store.signatures import sign

        return self._store().publish(sign(bundle, signing_key=self._signing_key())).fingerprint

    def champion_content(self, channel: str) -> ReleaseContent | None:
        """What trades; None where nothing was promoted."""
        from nija_adapters.release_store.champion import read_champion

        home = self._home()
        return read_champion(home.releases, keys=home.keys, channel=channel)

    def load(self, release_id: str) -> Bundle:
        """A release that is whole and signed by a trusted key."""
        from nija_adapters.release_store.keys import load_trusted_keys

        keys = load_trusted_keys(self._home().keys)
        return self._store().load(release_id, trusted_keys=keys).bundle

    def manifest(self, release_id: str) -> Manifest:
        """What a release that is whole and signed is made of."""
        return read_manifest(self.load(release_id).manifest_bytes)

    def manifests(self, release_ids: Iterable[str]) -> dict[str, Manifest | None]:
        """Of several releases; None where this version cannot read one."""
        read: dict[str, Manifest | None] = {}
        for release_id in release_ids:
            try:
                read[release_id] = self.manifest(release_id)
            except ReleaseInvalid:
                read[release_id] = None
        return read

    def pinned_snapshots(self) -> frozenset[int]:
        """The snapshot of the lake that each published release was made from."""
        return frozenset(
            self.manifest(release_id).data_snapshot for release_id in self._store().list_releases()
        )

    def point(self, channel: str, release_id: str) -> None:
        self._store().point(channel, release_id)

    def challenge(self, release_id: str) -> str | None:
        """The candidate channel that the release trades in on paper; None while all are full."""
        from nija_adapters.release_store.candidate_channels import CandidateChannels
        from nija_adapters.release_store.keys import load_trusted_keys

        home = self._home()
        keys = load_trusted_keys(home.keys)
        return CandidateChannels(home.releases, trusted_keys=keys).challenge(release_id)

    def _store(self) -> "ReleaseStore":
        from nija_adapters.release_store.store import ReleaseStore

        return ReleaseStore(self._home().releases)

    def _signing_key(self) -> "SigningKey":
        from nija_adapters.release_store.keys import load_or_create_signing_key

        return load_or_create_signing_key(self._home().keys)

    def _home(self) -> Home:
        return Home(Path(self.home))
