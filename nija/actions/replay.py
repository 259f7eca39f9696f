"""`nija replay`: decides a recorded session again, or lays it beside another one."""

from pathlib import Path

import msgspec

from nija.bootstrap import read_journal, read_version
from nija.tables.console import counted
from nija_domain.errors import PlaceUnusable
from nija_domain.evaluation.differences import Difference
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.evaluation.session_pairs import compare_sessions
from nija_domain.events.records import DERIVED, JournalEvent, SessionStarted
from nija_domain.market.timeframes import SECOND_US, utc_minute


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """`difference` is the first one; None if there is none. `against` is the other journal.

    `recorded_by` is the code that recorded the difference, `other_code` that of the other side.
    """

    is_equal: bool
    sentence: str
    records: int
    derived: int
    difference: Difference | None
    meaning: str = ""
    remedy: str = ""
    recorded_by: str = ""
    other_code: str = ""
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
        return _found(f"{counted_}: all are identical, to the bit", events, None)
    found = _found(f"{counted_}: {_place_of(difference)}", events, difference)
    return msgspec.structs.replace(found, other_code=read_version().build_id)


def compare_journals(path: Path, other: Path, *, within_s: float) -> Replay:
    """What two sessions saw, decided and got, up to the last bar that both closed."""
    events, others = _read(path), _read(other)
    compared = compare_sessions(events, others, within_us=round(within_s * SECOND_US))
    both = (
        f"{counted(compared.bars, 'bar')} until {utc_minute(compared.until_us)} UTC,"
        f" {counted(compared.candles, 'candle')}, {counted(compared.orders, 'order')} and"
        f" {counted(compared.fills, 'fill')} in both"
    )
    difference = compared.difference
    if difference is None:
        found = _found(f"{both}: none differs", events, None)
    else:
        found = _found(f"{both}: {_place_of(difference)}", events, difference)
    code = _code_of(others, difference.other_sequence) if difference else ""
    return msgspec.structs.replace(found, against=str(other), other_code=code)


def _read(path: Path) -> list[JournalEvent]:
    if not path.exists():
        raise PlaceUnusable(
            f"no journal at {path}; name another file, or start trading with `make up`"
        )
    events = [event for _, event in read_journal(path)]
    if not events:
        raise PlaceUnusable(f"the journal at {path} has no record yet; let it trade some bars")
    return events


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
        recorded_by=_code_of(events, difference.sequence) if difference else "",
    )


def _code_of(events: list[JournalEvent], sequence: int | None) -> str:
    """Each start of an executor records its version and commit; a back-test has none."""
    sessions = [each for each in events[:sequence] if isinstance(each, SessionStarted)]
    return f"{sessions[-1].version} ({sessions[-1].commit})" if sessions else "unknown"


def _place_of(difference: Difference) -> str:
    if difference.sequence is None:
        return f"record {difference.other_sequence:,} of the other journal is missing here"
    return f"record {difference.sequence:,} is the first that differs"
