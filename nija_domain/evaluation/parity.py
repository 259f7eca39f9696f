"""Checks that a recorded session decided what the core decides: replay it, compare each bit."""

from collections.abc import Iterable, Iterator

import msgspec

from nija_domain.events.records import DERIVED, JournalEvent
from nija_domain.events.version_1 import untold_fields
from nija_domain.trading.core import advance
from nija_domain.trading.state import State

NOTHING = "nothing"
WHOLE_RECORD = "record"

_encoder = msgspec.json.Encoder(order="deterministic")


class Difference(msgspec.Struct, frozen=True):
    """The first difference between record and replay; `field` is `record` if one is missing."""

    sequence: int
    field: str
    recorded: str
    replayed: str

    def __str__(self) -> str:
        return (
            f"record {self.sequence} differs in {self.field}:"
            f" recorded {self.recorded}, replayed {self.replayed}"
        )


def find_first_difference(recorded: Iterable[JournalEvent]) -> Difference | None:
    """Feed the observed events to the core again; derived ones must equal the recorded ones."""
    state = State()
    expected: Iterator[JournalEvent] = iter(())
    sequence = 0
    for sequence, event in enumerate(recorded, start=1):
        replayed = next(expected, None)
        if replayed is None and not isinstance(event, DERIVED):
            advanced = advance(state, event)
            state, expected = advanced.state, iter(advanced.records[1:])
            continue
        difference = _compare(sequence, event, replayed)
        if difference:
            return difference
    return _compare(sequence + 1, None, next(expected, None))


def _compare(
    sequence: int, recorded: JournalEvent | None, replayed: JournalEvent | None
) -> Difference | None:
    if type(recorded) is not type(replayed) or recorded is None or replayed is None:
        names = _name_of(recorded), _name_of(replayed)
        return None if names[0] == names[1] else Difference(sequence, WHOLE_RECORD, *names)
    untold = untold_fields(recorded)
    for field in recorded.__struct_fields__:
        if field in untold:
            continue
        # Bytes tell apart what == does not: 0.0 and -0.0, 1.0 and 1.00 as money.
        bodies = [_encoder.encode(getattr(each, field)).decode() for each in (recorded, replayed)]
        if bodies[0] != bodies[1]:
            return Difference(sequence, field, *bodies)
    return None


def _name_of(event: JournalEvent | None) -> str:
    return type(event).__name__ if event is not None else NOTHING
