"""`nija replay`: the recorded observations through today's core, against what was recorded."""

from pathlib import Path

import msgspec

from nija.bootstrap import read_journal
from nija_domain.errors import PlaceUnusable
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events.records import DERIVED


class Replay(msgspec.Struct, frozen=True):
    is_equal: bool
    sentence: str


def replay_journal(path: Path) -> Replay:
    if not path.exists():
        raise PlaceUnusable(f"there is no journal at {path}; name another one, or trade first")
    events = [event for _, event in read_journal(path)]
    derived = sum(isinstance(event, DERIVED) for event in events)
    difference = find_first_difference(events)
    if difference is None:
        counted = f"{len(events)} records, {derived} of them derived"
        return Replay(is_equal=True, sentence=f"{counted}: all come out the same, to the bit")
    return Replay(is_equal=False, sentence=f"{difference}")
