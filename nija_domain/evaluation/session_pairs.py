"""Lays two sessions over the same market side by side and names where they first differ.

A live or paper session against its back-test, or two executors against each other.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from nija_domain.errors import QuestionInvalid
from nija_domain.evaluation.differences import (
    NOTHING,
    WHOLE_RECORD,
    Difference,
    DifferenceClass,
    differing_part,
    tell,
)
from nija_domain.evaluation.session_facts import (
    ANSWER,
    BAR,
    BEFORE_ANY,
    CANDLE,
    DECISION,
    FILL,
    RELEASE,
    SETTING,
    SIGNAL,
    Fact,
    Key,
    Moment,
    Session,
    read_session,
)
from nija_domain.events import records as ev

NO_BARS = "one of the two journals has no closed bar; give it one that has traded for some bars"
NO_CANDLES = (
    "the two journals have no candle in common, so there is nothing to compare;"
    " name two journals of the same symbols, bars and time"
)

SHOWN_MAX = 120


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Up to the last bar that both sessions closed; counted is what both have."""

    candles: int
    bars: int
    orders: int
    fills: int
    until_us: int
    difference: Difference | None


class _Found(msgspec.Struct, frozen=True):
    kind: DifferenceClass
    field: str
    recorded: str
    other: str
    subject: str = ""


def compare_sessions(
    recorded: Iterable[ev.JournalEvent],
    other: Iterable[ev.JournalEvent],
    *,
    within_us: int = 0,
) -> Comparison:
    """Answers and fills that are less than `within_us` apart count as simultaneous."""
    mine, theirs = read_session(recorded), read_session(other)
    until_us = min(mine.closed_us, theirs.closed_us)
    common = mine.facts.keys() & theirs.facts.keys()
    if until_us == BEFORE_ANY:
        raise QuestionInvalid(NO_BARS)
    if not any(stage == CANDLE for stage, _ in common):
        raise QuestionInvalid(NO_CANDLES)
    named = (
        _named(key, mine, theirs, within_us) for key in _in_order(mine, theirs, until_us=until_us)
    )
    return Comparison(
        candles=_count(common, CANDLE),
        bars=_count(common, BAR),
        orders=_count(common, ANSWER),
        fills=_count(common, FILL),
        until_us=until_us,
        difference=next((each for each in named if each), None),
    )


def _count(keys: Iterable[Key], stage: int) -> int:
    return sum(key[0] == stage for key in keys)


def _in_order(mine: Session, theirs: Session, *, until_us: int) -> list[Key]:
    """As it came: what only the other session has follows what it follows there."""
    anchors = {key: (fact.sequence, 0) for key, fact in mine.facts.items()}
    last = 0
    for key, fact in theirs.facts.items():
        last = mine.facts[key].sequence if key in mine.facts else last
        anchors.setdefault(key, (last, fact.sequence))
    moments = {
        key: min(each.facts[key].moment for each in (mine, theirs) if key in each.facts)
        for key in anchors
    }
    compared = [key for key, moment in moments.items() if moment <= (until_us, BAR)]
    return sorted(compared, key=lambda key: (_place_of(moments[key]), anchors[key]))


def _place_of(moment: Moment) -> Moment:
    """What comes after the signals of a bar follows from each other, in no fixed order."""
    return moment[0], min(moment[1], SETTING)


def _named(key: Key, mine: Session, theirs: Session, within_us: int) -> Difference | None:
    fact, other = mine.facts.get(key), theirs.facts.get(key)
    found = _find(key[0], fact, other, (mine, theirs), within_us)
    known = fact or other
    if found is None or known is None:
        return None
    return Difference(
        kind=found.kind,
        sequence=fact.sequence if fact else None,
        other_sequence=other.sequence if other else None,
        field=found.field,
        recorded=found.recorded,
        other=found.other,
        subject=found.subject or getattr(known.event, "symbol", ""),
        at_us=known.event.at_us,
        record=tell(fact.event if fact else None),
        other_record=tell(other.event if other else None),
    )


def _find(
    stage: int,
    fact: Fact | None,
    other: Fact | None,
    sessions: tuple[Session, Session],
    within_us: int,
) -> _Found | None:
    if fact is None or other is None:
        names = [type(each.event).__name__ if each else NOTHING for each in (fact, other)]
        return _Found(_kind_of_missing(stage, fact or other, sessions), WHOLE_RECORD, *names)
    if isinstance(fact.event, ev.BarDigested) and isinstance(other.event, ev.BarDigested):
        part = differing_part(fact.event, other.event)
        return _Found(**msgspec.structs.asdict(part)) if part else None
    for field in _differing_fields(fact, other, within_us):
        kind = _kind_of_field(stage, field, fact, other)
        return _Found(kind, *_narrowed(field, fact.fields[field], other.fields[field]))
    return None


def _narrowed(field: str, recorded: str, other: str) -> tuple[str, str, str]:
    """Of a whole release or limits file, the first part that differs."""
    mine, theirs = (msgspec.json.decode(text) for text in (recorded, other))
    if field == "content":
        mine, theirs = (msgspec.json.decode(text) for text in (mine, theirs))
    while (name := _differing_name(mine, theirs)) is not None:
        field = f"{field}.{name}"
        mine, theirs = (_part(each, name) for each in (mine, theirs))
    return field, _shown(mine), _shown(theirs)


def _differing_name(mine: object, theirs: object) -> str | int | None:
    if isinstance(mine, dict) and isinstance(theirs, dict):
        return next((n for n in (*mine, *theirs) if mine.get(n) != theirs.get(n)), None)
    if isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        return next((n for n in range(len(mine)) if mine[n] != theirs[n]), None)
    return None


def _part(whole: Any, name: str | int) -> object:  # noqa: ANN401 - as JSON gave it
    return whole.get(name) if isinstance(whole, dict) else whole[name]


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"


def _differing_fields(fact: Fact, other: Fact, within_us: int) -> Iterator[str]:
    for field, value in fact.fields.items():
        is_same = value == other.fields[field]
        if field == "at_us":
            is_same = is_same or abs(int(value) - int(other.fields[field])) < within_us
        if not is_same:
            yield field


def _kind_of_missing(
    stage: int, known: Fact | None, sessions: tuple[Session, Session]
) -> DifferenceClass:
    """A candle before the first of the other session is no hole in it."""
    if stage == CANDLE and known and isinstance(known.event, ev.CandleClosed):
        begun = max(each.first_us.get(known.event.symbol, BEFORE_ANY) for each in sessions)
        return "warm-up" if known.event.ts_us < begun else "gap"
    if known and stage == DECISION and isinstance(known.event, ev.PresetChosen):
        return "latency"
    return _MISSING[stage]


_MISSING: dict[int, DifferenceClass] = {
    SETTING: "settings",
    RELEASE: "release",
    BAR: "late candle",
    SIGNAL: "signal",
    DECISION: "code",
    ANSWER: "latency",
    FILL: "fill model",
}


def _kind_of_field(stage: int, field: str, fact: Fact, other: Fact) -> DifferenceClass:
    if stage == CANDLE:
        return "late candle" if field == "came" else "revised candle"
    if field in {"fee", "fee_asset", "taker_fee_rate"}:
        return "fee"
    if stage in {ANSWER, FILL}:
        is_lost = any(isinstance(each.event, ev.OrderUnknown) for each in (fact, other))
        return "latency" if field == "at_us" or is_lost else "fill model"
    if isinstance(fact.event, ev.PresetChosen) and isinstance(other.event, ev.PresetChosen):
        return _kind_of_draw(fact.event, other.event)
    return _CHANGED[stage]


_CHANGED: dict[int, DifferenceClass] = {
    SETTING: "settings",
    RELEASE: "release",
    SIGNAL: "signal",
    DECISION: "code",
}


def _kind_of_draw(mine: ev.PresetChosen, theirs: ev.PresetChosen) -> DifferenceClass:
    """A draw hangs on the name of the release and on its moment."""
    if mine.release_id != theirs.release_id:
        return "release"
    return "latency" if mine.at_us != theirs.at_us else "code"
