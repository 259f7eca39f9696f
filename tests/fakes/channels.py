"""In memory behind the executor's port: the channel of releases."""

from executor.ports import VerifiedRelease
from nija_domain.errors import NijaError
from nija_domain.releases.directive import Directive


class FakeReleases:
    """A channel: the release that it points at, or the error that its loading ends in."""

    def __init__(self, release: VerifiedRelease | None = None) -> None:
        self.release = release
        self.failure: NijaError | None = None
        self.pointer_failure: NijaError | None = None
        self.loads = 0
        self.directives: dict[int, Directive | NijaError] = {}

    def directives_after(self, number: int) -> list[int]:
        return sorted(known for known in self.directives if known > number)

    def load_directive(self, number: int) -> Directive:
        found = self.directives[number]
        if isinstance(found, NijaError):
            raise found
        return found

    def pointed_release_id(self) -> str | None:
        if self.pointer_failure:
            raise self.pointer_failure
        return self.release.release_id if self.release else None

    def load_verified(self) -> VerifiedRelease:
        self.loads += 1
        if self.failure:
            raise self.failure
        assert self.release is not None
        return self.release
