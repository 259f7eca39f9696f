"""A roll-back leads to the release before, finds itself again, and holds what it left."""

import pytest
from msgspec.structs import replace

from nija_domain.errors import ReleaseInvalid
from nija_domain.events.ledger import HoldLifted, LedgerEntry, ReleaseHeld
from nija_domain.releases.holding import (
    ChannelHistory,
    Hold,
    RollBackPlan,
    holds_of,
    plan_roll_back,
    why_held,
)
from nija_domain.releases.manifest import FileEntry, Manifest

C_TO_B = Hold("C", "B", "run 1")


def course(pointed_at: str, *holds: Hold) -> ChannelHistory:
    return ChannelHistory(pointed_at=tuple(pointed_at), holds=holds)


def held(release_id: str, returns_to: str, channel: str = "champion") -> ReleaseHeld:
    return ReleaseHeld(
        at_us=1, channel=channel, release_id=release_id, returns_to=returns_to, run_id="run"
    )


def manifest(release_id: str, **files: str) -> Manifest:
    return Manifest(
        format=1,
        release_id=release_id,
        sequence=1,
        created_us=0,
        parents=(),
        data_snapshot=0,
        code_commit="",
        code_version="",
        training_run_id="",
        key_id="",
        files=tuple(FileEntry(f"{name}.json", 1, digest * 64) for name, digest in files.items()),
        approvals=(),
    )


@pytest.mark.parametrize(
    ("pointed_at", "holds", "leads_to"),
    [
        ("AB", (), "A"),
        ("ABC", (), "B"),
        ("ABABC", (Hold("B", "A", "run 0"),), "A"),
        ("ABAC", (Hold("B", "A", "run 0"),), "A"),
    ],
)
def test_the_way_back_leads_to_the_last_that_is_not_held(
    pointed_at: str, holds: tuple[Hold, ...], leads_to: str
) -> None:
    """Also over a release that was itself rolled back from."""
    found = plan_roll_back(course(pointed_at, *holds), rejected="", run_id="run 9")

    assert found == RollBackPlan(Hold(pointed_at[-1], leads_to, "run 9"), is_known=False)


@pytest.mark.parametrize(
    ("pointed_at", "rejected", "run_id"),
    [
        ("ABCB", "", "run 2"),  # asked for once more
        ("ABC", "", "run 2"),  # held, and ended before the pointer moved
        ("ABCB", "C", "run 2"),  # named
        ("ABCBD", "", "run 1"),  # retried after something newer was promoted
    ],
)
def test_a_roll_back_finds_itself(pointed_at: str, rejected: str, run_id: str) -> None:
    """Run again, it never leads on, and never to what was rejected."""
    found = plan_roll_back(course(pointed_at, C_TO_B), rejected=rejected, run_id=run_id)

    assert found == RollBackPlan(C_TO_B, is_known=True)


def test_one_step_further_is_asked_for_by_name() -> None:
    """The champion after a roll-back is stepped back from only where it is named."""
    found = plan_roll_back(course("ABCB", C_TO_B), rejected="B", run_id="run 2")

    assert found == RollBackPlan(Hold("B", "A", "run 2"), is_known=False)


def test_a_release_that_came_after_a_roll_back_can_be_rolled_back() -> None:
    """It leads to where the channel was."""
    found = plan_roll_back(course("ABCBD", C_TO_B), rejected="", run_id="run 2")

    assert found == RollBackPlan(Hold("D", "B", "run 2"), is_known=False)


@pytest.mark.parametrize(
    ("pointed_at", "rejected", "expected"),
    [
        ("", "", "points at nothing"),
        ("A", "", "A cannot be rolled back"),
        ("ABA", "", "A cannot be rolled back"),
        ("AB", "A", "points at B"),
    ],
)
def test_where_no_way_leads_back_it_says_so(pointed_at: str, rejected: str, expected: str) -> None:
    """A release of before that was lifted is not before the one that it followed."""
    with pytest.raises(ReleaseInvalid, match=expected):
        plan_roll_back(course(pointed_at), rejected=rejected, run_id="run 2")


def test_a_hold_lasts_until_it_is_lifted() -> None:
    """Each channel has its own; one that is held again is the newest."""
    lifted = HoldLifted(at_us=2, channel="champion", release_id="C", why="it was the venue")
    entries: list[LedgerEntry] = [held("C", "B"), held("B", "A"), held("D", "A", "canary")]

    assert [hold.release_id for hold in holds_of(entries, "champion")] == ["C", "B"]
    assert [hold.release_id for hold in holds_of([*entries, lifted], "champion")] == ["B"]
    again = holds_of([*entries, lifted, held("C", "B")], "champion")
    assert [hold.release_id for hold in again] == ["B", "C"]


def test_what_learned_the_same_is_held_too() -> None:
    """Signed anew it has another number and another cut; another policy is another release."""
    rejected = manifest("r-1", policy="a", cuts="b")
    anew, better = manifest("r-2", policy="a", cuts="c"), manifest("r-3", policy="d", cuts="c")

    assert why_held(rejected, {}) is None
    assert "r-1 was rolled back" in str(why_held(rejected, {"r-1": None}))
    assert "learned the same as r-1" in str(why_held(anew, {"r-1": rejected}))
    assert why_held(better, {"r-1": rejected}) is None
    assert why_held(replace(rejected, release_id="r-4"), {"r-1": None}) is None
