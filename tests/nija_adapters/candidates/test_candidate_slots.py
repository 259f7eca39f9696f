"""Three slots: each candidate once, never a fourth, and nothing half written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nija_adapters.candidates.slots import CandidateSlots
from nija_domain.errors import NijaError, ProposalInvalid
from nija_domain.evolution.candidate import Candidate
from nija_domain.evolution.template import render_strategy
from nija_domain.strategies.shelf import choose_preset

ROOT = Path(__file__).parents[3]


def candidate(number: int) -> Candidate:
    choice = choose_preset("trend", "conservative")
    source = render_strategy(choice.parameters)
    return Candidate(number=number, opened_us=7, choice=choice, source=source)


@pytest.fixture
def slots(tmp_path: Path) -> CandidateSlots:
    return CandidateSlots(tmp_path / "candidates")


def test_an_empty_home_holds_none(slots: CandidateSlots) -> None:
    """Reading makes nothing."""
    assert slots.read_open() == {}


def test_what_is_opened_is_read_back(slots: CandidateSlots, tmp_path: Path) -> None:
    """The first free slot, by the name that people look for."""
    slot = slots.open_slot(candidate(5))

    assert slot == 1
    assert (tmp_path / "candidates" / "slot-1.json").exists()
    assert slots.read_open() == {1: candidate(5)}


def test_a_fourth_is_refused_until_one_is_closed(slots: CandidateSlots) -> None:
    """A freed slot is the next one to be taken."""
    assert [slots.open_slot(candidate(number)) for number in (1, 2, 3)] == [1, 2, 3]

    with pytest.raises(ProposalInvalid, match="close a candidate first"):
        slots.open_slot(candidate(4))
    assert slots.close_slot(2) == candidate(2)
    assert slots.open_slot(candidate(4)) == 2


def test_a_step_that_runs_twice_opens_one_slot(slots: CandidateSlots) -> None:
    """The number makes it the same candidate."""
    assert slots.open_slot(candidate(9)) == slots.open_slot(candidate(9))
    assert len(slots.read_open()) == 1


@pytest.mark.parametrize("slot", [0, 2, 4])
def test_an_empty_slot_cannot_be_closed(slots: CandidateSlots, slot: int) -> None:
    """The sentence names the slot."""
    slots.open_slot(candidate(1))

    with pytest.raises(ProposalInvalid, match=f"slot {slot} "):
        slots.close_slot(slot)


def test_a_spoilt_slot_is_named(slots: CandidateSlots, tmp_path: Path) -> None:
    """It is neither trusted nor overwritten."""
    slots.open_slot(candidate(1))
    path = tmp_path / "candidates" / "slot-1.json"
    path.write_bytes(path.read_bytes()[:-9])

    with pytest.raises(ProposalInvalid, match=r"slot-1\.json"):
        slots.open_slot(candidate(2))


def test_a_place_that_is_no_folder_is_named(tmp_path: Path) -> None:
    """The failure is told in our words, with the path."""
    (tmp_path / "candidates").write_text("a file")

    with pytest.raises(NijaError, match="candidates"):
        CandidateSlots(tmp_path / "candidates").open_slot(candidate(1))


OPENER = """
import sys
from pathlib import Path
from nija_adapters.candidates.slots import CandidateSlots
from nija_domain.errors import ProposalInvalid
from nija_domain.evolution.candidate import Candidate
from nija_domain.strategies.shelf import choose_preset

slots, number = CandidateSlots(Path(sys.argv[1])), int(sys.argv[2])
choice = choose_preset("trend", "aggressive")
print("ready", flush=True)
sys.stdin.readline()
try:
    print(slots.open_slot(Candidate(number=number, opened_us=1, choice=choice, source="")))
except ProposalInvalid:
    print("refused")
"""


def test_processes_that_race_never_share_a_slot(tmp_path: Path) -> None:
    """Five at once: three get a slot of their own, two are refused."""
    folder = tmp_path / "candidates"
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, os.fspath(folder), str(number)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(1, 6)
    ]
    ready = [racer.stdout.readline() for racer in racers if racer.stdout]
    for racer in racers:
        if racer.stdin:
            racer.stdin.write("go\n")
            racer.stdin.flush()
    answers = sorted(racer.communicate(timeout=60)[0].strip() for racer in racers)

    assert ready == ["ready\n"] * 5
    assert answers == ["1", "2", "3", "refused", "refused"]
    assert len(CandidateSlots(folder).read_open()) == 3
