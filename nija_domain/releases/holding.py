"""Roll-backs: where the way back leads, and what may not be promoted again by itself.

A release that was rolled back from is held. So is another that learned the same: signing it anew
gives it a new number and a new cut, and makes it no better.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from nija_domain.errors import ReleaseInvalid
from nija_domain.events.ledger import HoldLifted, LedgerEntry, ReleaseHeld
from nija_domain.releases.manifest import Manifest

CUT_FILES = ("cuts.json", "market.json")
"""Where a release's history ended: all else is what it learned and was set to."""


class Hold(msgspec.Struct, frozen=True):
    """One roll-back; `run_id` is of the run that was asked for it, however often it was retried."""

    release_id: str
    returns_to: str
    run_id: str


class WayBack(msgspec.Struct, frozen=True):
    """From the rejected release to the one before it; a known one was decided on before."""

    hold: Hold
    is_known: bool


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel pointed at, the oldest first and its champion last, and what is held."""

    pointed_at: Sequence[str]
    holds: Sequence[Hold]

    @property
    def champion(self) -> str | None:
        return self.pointed_at[-1] if self.pointed_at else None


def holds_of(entries: Iterable[LedgerEntry], channel: str) -> tuple[Hold, ...]:
    """Those of the channel that nobody has lifted, the oldest first."""
    holds: dict[str, Hold] = {}
    for entry in entries:
        if isinstance(entry, ReleaseHeld) and entry.channel == channel:
            holds.pop(entry.release_id, None)
            holds[entry.release_id] = Hold(entry.release_id, entry.returns_to, entry.run_id)
        elif isinstance(entry, HoldLifted) and entry.channel == channel:
            holds.pop(entry.release_id, None)
    return tuple(holds.values())


def find_way_back(course: Course, *, rejected: str, run_id: str) -> WayBack:
    """The one that was begun, or a new one from `rejected`; from the champion where it is empty.

    A roll-back that is run again finds itself: by its run, by the release that it names, or because
    the channel points where the newest one led.
    """
    known = _known(course, rejected=rejected, run_id=run_id)
    if known is not None:
        return WayBack(known, is_known=True)
    champion = course.champion
    if champion is None or rejected not in ("", champion):
        raise ReleaseInvalid(
            f"{rejected or 'no release'} is not the champion; the channel points at"
            f" {champion or 'nothing'}: name that release, or none"
        )
    return WayBack(Hold(champion, _before(course, champion), run_id), is_known=False)


def _known(course: Course, *, rejected: str, run_id: str) -> Hold | None:
    for hold in reversed(course.holds):
        if hold.run_id == run_id or hold.release_id == rejected:
            return hold
    newest = course.holds[-1] if course.holds else None
    if newest and not rejected and course.champion in (newest.release_id, newest.returns_to):
        return newest
    return None


def _before(course: Course, champion: str) -> str:
    """What was pointed at before the champion came first, without what is held."""
    held = {hold.release_id for hold in course.holds}
    earlier = course.pointed_at[: course.pointed_at.index(champion)]
    target = next((each for each in reversed(earlier) if each not in held), None)
    if target is None:
        raise ReleaseInvalid(
            f"{champion} cannot be rolled back: the channel pointed at no earlier release that is"
            " not held; train a new release instead"
        )
    return target


def why_held(candidate: Manifest, held: Mapping[str, Manifest | None]) -> str | None:
    """Why this release may not be promoted by itself; `held` by id, None where unreadable."""
    for release_id, manifest in held.items():
        remedy = f"the job lift_hold with release {release_id} allows it again"
        if release_id == candidate.release_id:
            return f"{release_id} was rolled back; {remedy}"
        if manifest is not None and _learned(manifest) == _learned(candidate):
            return f"learned the same as {release_id}, which was rolled back; {remedy}"
    return None


def _learned(manifest: Manifest) -> list[tuple[str, str]]:
    return [(file.name, file.sha256) for file in manifest.files if file.name not in CUT_FILES]
