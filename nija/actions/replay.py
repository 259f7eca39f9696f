"""`nija replay`: decides a recorded session again, or lays it beside another one."""

from pathlib import Path

import msgspec

from nija.bootstrap import read_journal
from nija.tables.console import counted
from nija_domain.errors import PlaceUnusable
from nija_domain.evaluation.differences import Difference
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.evaluation.session_pairs import compare_sessions
from nija_domain.events.records import DERIVED, JournalEvent
from nija_domain.market.timeframes import SECOND_US, utc_minute


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """`difference` is the first one; None if there is none. `against` is the other journal."""

    is_equal: bool
    sentence: str
    records: int
    derived: int
    difference: Difference | None
    meaning: str = ""
    remedy: str = ""
    against: str | None = None

    def as_line(self) -> str:
        return msgspec.json.encode(self).decode()


def replay_journal(path: Path) -> Replay:
    """What the code decides from what was observed."""
    events = _read(path)
    difference = find_first_difference(events)
    records, derived = len(events), _derived_in(events)
    counted_ = f"{counted(records, 'record')}, {derived:,} of them derived"
    if difference is None:
        sentence = f"{counted_}: all are identical, to the bit"
    else:
        sentence = f"{counted_}: {_place_of(difference)} is the first that differs"
    return _found(sentence, events, difference)


def compare_journals(path: Path, other: Path, *, within_s: float) -> Replay:
    """What two sessions saw, decided and got, up to the last bar that both closed."""
    events = _read(path)
    found = compare_sessions(events, _read(other), within_us=round(within_s * SECOND_US))
    both = (
        f"{counted(found.bars, 'bar')} until {utc_minute(found.until_us)} UTC,"
        f" {counted(found.candles, 'candle')}, {counted(found.orders, 'order')} and"
        f" {counted(found.fills, 'fill')} in both"
    )
    if found.difference is None:
        sentence = f"{both}: none differs"
    else:
        sentence = f"{both}: {_place_of(found.difference)} is the first that differs"
    return msgspec.structs.replace(_found(sentence, events, found.difference), against=str(other))


def _read(path: Path) -> list[JournalEvent]:
    if not path.exists():
        raise PlaceUnusable(
            f"no journal at {path}; name another file, or start trading with `make up`"
        )
    return [event for _, event in read_journal(path)]


def _derived_in(events: list[JournalEvent]) -> int:
    return sum(isinstance(event, DERIVED) for event in events)


def _found(sentence: str, events: list[JournalEvent], difference: Difference | None) -> Replay:
    return Replay(
        is_equal=difference is None,
        sentence=sentence,
        records=len(events),
        derived=_derived_in(events),
        difference=difference,
        meaning=difference.meaning if difference else "",
        remedy=difference.remedy if difference else "",
    )


def _place_of(difference: Difference) -> str:
    if difference.sequence is None:
        return f"record {difference.other_sequence:,} of the other journal"
    return f"record {difference.sequence:,}"
