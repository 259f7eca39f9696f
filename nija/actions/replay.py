"""`nija replay`: decides a recorded session again and compares each record."""

from pathlib import Path

import msgspec

from nija.bootstrap import read_journal
from nija_domain.errors import PlaceUnusable
from nija_domain.evaluation.parity import Difference, find_first_difference
from nija_domain.events.records import DERIVED


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """`difference` is the first one; None if there is none."""

    is_equal: bool
    sentence: str
    records: int
    derived: int
    difference: Difference | None

    def as_line(self) -> str:
        return msgspec.json.encode(self).decode()


def replay_journal(path: Path) -> Replay:
    if not path.exists():
        raise PlaceUnusable(
            f"no journal at {path}; name another file, or start trading with `make up`"
        )
    events = [event for _, event in read_journal(path)]
    derived = sum(isinstance(event, DERIVED) for event in events)
    difference = find_first_difference(events)
    counted = f"{len(events)} records, {derived} of them derived"
    return Replay(
        is_equal=difference is None,
        sentence=str(difference or f"{counted}: all are identical, to the bit"),
        records=len(events),
        derived=derived,
        difference=difference,
    )
