"""Checks that a recorded session decided what the core decides: replay it, compare each bit."""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from nija_domain.evaluation.differences import (
    NOTHING,
    WHOLE_RECORD,
    Difference,
    DifferenceClass,
    differing_part,
    tell,
)
from nija_domain.events import records as ev
from nija_domain.events.version_1 import untold_fields
from nija_domain.trading.session import advance
from nija_domain.trading.state import State

_encoder = msgspec.json.Encoder(order="deterministic")

_BEFORE_SIGNALS = (
    ev.EquityMarked,
    ev.HaltTripped,
    ev.HaltLifted,
    ev.ExitBegun,
    ev.CancelIntended,
    ev.OrderIntended,
)
"""What the core derives from the close of a bar before it tells the agents' wishes."""


def find_first_difference(recorded: Iterable[ev.JournalEvent]) -> Difference | None:
    """Feed the observed events to the core again; derived ones must equal the recorded ones."""
    state, cause = State(), None
    expected: Iterator[ev.JournalEvent] = iter(())
    sequence = 0
    numbered = enumerate(recorded, start=1)
    for sequence, event in numbered:
        replayed = next(expected, None)
        if replayed is None and not isinstance(event, ev.DERIVED):
            advanced = advance(state, event)
            state, cause, expected = advanced.state, event, iter(advanced.records[1:])
            continue
        difference = _compare(sequence, event, replayed)
        if difference and ev.RegimeChanged in (type(event), type(replayed)):
            rest = () if isinstance(cause, ev.BarClosed) else (each for _, each in numbered)
            return replace(difference, kind=_kind_by_next_digest(state, rest))
        if difference:
            return difference
    return _compare(sequence + 1, None, next(expected, None))


def _compare(
    sequence: int, recorded: ev.JournalEvent | None, replayed: ev.JournalEvent | None
) -> Difference | None:
    found = differing_field(recorded, replayed)
    if found is None:
        return None
    event = recorded or replayed
    difference = Difference(
        kind=_kind_of(recorded, replayed),
        sequence=sequence,
        field=found[0],
        recorded=found[1],
        other=found[2],
        subject=getattr(event, "symbol", ""),
        at_us=event.at_us if event else None,
        record=tell(recorded),
        other_record=tell(replayed),
    )
    if not isinstance(recorded, ev.BarDigested) or not isinstance(replayed, ev.BarDigested):
        return difference
    part = differing_part(recorded, replayed)
    return replace(difference, **msgspec.structs.asdict(part)) if part else difference


def differing_field(
    recorded: ev.JournalEvent | None, other: ev.JournalEvent | None
) -> tuple[str, str, str] | None:
    """The first field that differs, and both values."""
    if type(recorded) is not type(other) or recorded is None or other is None:
        names = _name_of(recorded), _name_of(other)
        return None if names[0] == names[1] else (WHOLE_RECORD, *names)
    untold = untold_fields(recorded)
    for field in recorded.__struct_fields__:
        if field in untold:
            continue
        # Bytes tell apart what == does not: 0.0 and -0.0, 1.0 and 1.00 as money.
        mine, theirs = (
            _encoder.encode(getattr(each, field)).decode() for each in (recorded, other)
        )
        if mine != theirs:
            return field, mine, theirs
    return None


def _kind_of(recorded: ev.JournalEvent | None, replayed: ev.JournalEvent | None) -> DifferenceClass:
    """Of two records of different kinds, the one that comes first in a bar is one too many."""
    pair = (recorded, replayed)
    if not any(isinstance(each, ev.SignalGiven) for each in pair):
        return "code"
    return "code" if any(isinstance(each, _BEFORE_SIGNALS) for each in pair) else "signal"


def _kind_by_next_digest(state: State, rest: Iterable[ev.JournalEvent]) -> DifferenceClass:
    """A regime that is told at a candle: only the bar's digest tells what it came from."""
    replayed: ev.JournalEvent | None = None
    for event in rest:
        if isinstance(event, ev.BarDigested) and isinstance(replayed, ev.BarDigested):
            part = differing_part(event, replayed)
            return part.kind if part else "filter"
        if not isinstance(event, ev.DERIVED):
            advanced = advance(state, event)
            state = advanced.state
            replayed = next((e for e in advanced.records if isinstance(e, ev.BarDigested)), None)
    return "filter"


def _name_of(event: ev.JournalEvent | None) -> str:
    return type(event).__name__ if event is not None else NOTHING
