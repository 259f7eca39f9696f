"""The release channel and the kill switch, in memory."""

from executor.ports import VerifiedRelease
from nija_domain.errors import ReleaseInvalid
from nija_domain.releases.content import ReleaseContent
from nija_domain.releases.directive import Directive, Kind


class Channel:
    """What the executor reads between two bars."""

    def __init__(self) -> None:
        self.release: VerifiedRelease | None = None
        self._directives: dict[int, Directive] = {}
        self._releases = 0

    def point_to(self, content: ReleaseContent) -> None:
        self._releases += 1
        name = f"release-{self._releases}"
        self.release = VerifiedRelease(name, f"fingerprint-{name}", content)

    def direct(self, kind: Kind, *, at_us: int, reason: str) -> None:
        number = len(self._directives) + 1
        self._directives[number] = Directive(
            kind=kind,
            number=number,
            issued_us=at_us,
            expires_us=at_us + 86_400_000_000,
            reason=reason,
        )

    def pointed_release_id(self) -> str | None:
        return self.release.release_id if self.release else None

    def load_verified(self) -> VerifiedRelease:
        if self.release is None:
            raise ReleaseInvalid("the channel points to no release; promote a release first")
        return self.release

    def directives_after(self, number: int) -> list[int]:
        return [known for known in sorted(self._directives) if known > number]

    def load_directive(self, number: int) -> Directive:
        return self._directives[number]


class Switch:
    def __init__(self) -> None:
        self.ordered: str | None = None
        self.is_lifted = False

    def reason(self) -> str | None:
        return self.ordered

    def is_disarmed(self) -> bool:
        return self.is_lifted

    def forget(self) -> None:
        self.ordered, self.is_lifted = None, False
