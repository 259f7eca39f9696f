"""Roll-backs: which release comes back, and which is not promoted again by itself.

A release that was rolled back is held. So is one that learned the same: signing it again gives it a
new number and a new end of history, and makes it no better.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from nija_domain.errors import ReleaseInvalid
from nija_domain.events.ledger import HoldLifted, LedgerEntry, ReleaseHeld
from nija_domain.releases.manifest import Manifest

CUT_FILES = ("cuts.json", "market.json")
"""Where a release's history ended: all else is what it learned and was set to."""


class Hold(msgspec.Struct, frozen=True):
    """One roll-back; `run_id` is the first run that was asked for it, also after retries."""

    release_id: str
    returns_to: str
    run_id: str


class RollBackPlan(msgspec.Struct, frozen=True):
    """From which release to which; `is_known` if the roll-back was already begun."""

    hold: Hold
    is_known: bool


class ChannelHistory(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel pointed at, the champion last, and what is held."""

    pointed_at: Sequence[str]
    holds: Sequence[Hold]

    @property
    def champion(self) -> str | None:
        return self.pointed_at[-1] if self.pointed_at else None


def holds_of(entries: Iterable[LedgerEntry], channel: str) -> tuple[Hold, ...]:
    """The holds of the channel that are in force, oldest first."""
    holds: dict[str, Hold] = {}
    for entry in entries:
        if isinstance(entry, ReleaseHeld) and entry.channel == channel:
            holds.pop(entry.release_id, None)
            holds[entry.release_id] = Hold(entry.release_id, entry.returns_to, entry.run_id)
        elif isinstance(entry, HoldLifted) and entry.channel == channel:
            holds.pop(entry.release_id, None)
    return tuple(holds.values())


def plan_roll_back(history: ChannelHistory, *, rejected: str, run_id: str) -> RollBackPlan:
    """Resume the roll-back that was begun, or plan one; empty `rejected` means the champion.

    A repeated roll-back is recognised by its run, by the release that it names, or because the
    channel already points where the newest one led.
    """
    known = _known(history, rejected=rejected, run_id=run_id)
    if known is not None:
        return RollBackPlan(known, is_known=True)
    champion = history.champion
    if champion is None or rejected not in ("", champion):
        raise ReleaseInvalid(
            f"{rejected or 'no release'} is not the champion; the channel points at"
            f" {champion or 'nothing'}: name that release, or none"
        )
    return RollBackPlan(Hold(champion, _before(history, champion), run_id), is_known=False)


def _known(history: ChannelHistory, *, rejected: str, run_id: str) -> Hold | None:
    for hold in reversed(history.holds):
        if hold.run_id == run_id or hold.release_id == rejected:
            return hold
    newest = history.holds[-1] if history.holds else None
    if newest and not rejected and history.champion in (newest.release_id, newest.returns_to):
        return newest
    return None


def _before(history: ChannelHistory, champion: str) -> str:
    """What the channel pointed at before the champion first came, without held releases."""
    held = {hold.release_id for hold in history.holds}
    earlier = history.pointed_at[: history.pointed_at.index(champion)]
    target = next((each for each in reversed(earlier) if each not in held), None)
    if target is None:
        raise ReleaseInvalid(
            f"{champion} cannot be rolled back: the channel pointed at no earlier release that is"
            " not held; train a new release instead"
        )
    return target


def why_held(candidate: Manifest, held: Mapping[str, Manifest | None]) -> str | None:
    """Why this release may not be promoted; `held` maps ids to manifests, None if unreadable."""
    for release_id, manifest in held.items():
        remedy = f"the job lift_hold with release {release_id} allows it again"
        if release_id == candidate.release_id:
            return f"{release_id} was rolled back; {remedy}"
        if manifest is not None and _learned(manifest) == _learned(candidate):
            return f"learned the same as {release_id}, which was rolled back; {remedy}"
    return None


def _learned(manifest: Manifest) -> list[tuple[str, str]]:
    return [(file.name, file.sha256) for file in manifest.files if file.name not in CUT_FILES]
