"""Rules about time: units, order, duplicates, now, intervals and gaps."""

from types import MappingProxyType

import msgspec
import numpy as np

from nija_domain.market.candles import TimeColumn
from nija_domain.market.quality.rules import Problem
from nija_domain.market.quality.sheet import Judged, Mask, Sheet
from nija_domain.market.timeframes import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    SECOND_US,
    YEAR_US,
    floor_to_bar_us,
    utc_minute,
)

EARLIEST_US = 39 * YEAR_US  # nothing was traded before 2009
LATEST_US = 100 * YEAR_US
STALE_BARS = 3
ZONE_US_MAX = 14 * HOUR_US
"""No zone is further ahead of UTC."""

INTERVAL_BARS = 12
"""So many equal intervals in a row are another timeframe, not a thin market."""

EARLY_SHARE = 0.5

FILE_INTERVALS = 6
"""So many equal intervals tell the timeframe of a short file; fewer may be a thin market."""

UNITS: MappingProxyType[str, int] = MappingProxyType(
    {"seconds": 1_000_000_000, "milliseconds": 1_000_000, "microseconds": 1_000, "nanoseconds": 1}
)
"""In nanoseconds."""


class Occasion(msgspec.Struct, frozen=True):
    """What the rules are measured by; without `now_us` nothing is unclosed, ahead or stale.

    A person has confirmed that the price steps at the moments `confirmed_us`.
    """

    timeframe_us: int
    now_us: int | None
    confirmed_us: frozenset[int] = frozenset()

    @property
    def latest_us(self) -> int:
        return self.now_us + DAY_US if self.now_us is not None else LATEST_US


def read_units(sheet: Sheet, occasion: Occasion) -> Judged:
    """Stamps in microseconds. One unit throughout is no problem, whichever it is."""
    nothing = np.full(len(sheet), -1, dtype=np.int64)
    stamps, unit_of = nothing.copy(), np.full(len(sheet), "", dtype=object)
    for unit, nanoseconds in UNITS.items():
        fits = _is_time(sheet.ts, nanoseconds, occasion)
        stamps[fits] = (
            sheet.ts[fits] // 1_000 if nanoseconds == 1 else sheet.ts[fits] * (nanoseconds // 1_000)
        )
        unit_of[fits] = unit
    known = stamps >= 0
    early = _find_early_now(sheet, known, occasion)
    if early:
        return Judged(sheet, (early,))
    problems = [
        Problem(int(sheet.rows[row]), None, "stamp", f"stamp {sheet.ts[row]} is not a time")
        for row in np.flatnonzero(~known)
    ]
    names, counts = np.unique(unit_of[known].astype(str), return_counts=True)
    usual = names[np.argmax(counts)] if len(names) else ""
    for row in np.flatnonzero(known & (unit_of != usual)):
        text = f"stamp {sheet.ts[row]} is in {unit_of[row]}, most are in {usual}"
        problems.append(Problem(int(sheet.rows[row]), int(stamps[row]), "unit", text))
    return Judged(sheet.with_stamps(stamps).at(known), tuple(problems))


def _find_early_now(sheet: Sheet, known: Mask, occasion: Occasion) -> Problem | None:
    """Most rows would be fine if it were later: then it is now that cannot be believed."""
    if occasion.now_us is None or not len(sheet):
        return None
    later = Occasion(occasion.timeframe_us, None)
    units = [_is_time(sheet.ts, nanoseconds, later) for nanoseconds in UNITS.values()]
    count = int((np.any(units, axis=0) & ~known).sum())
    if count <= len(sheet) * EARLY_SHARE:
        return None
    text = f"now, {utc_minute(occasion.now_us)}, is more than a day before {count} bars"
    return Problem(
        None, None, "now", f"{text} of {len(sheet)}; it is too early, or in another unit"
    )


def unit_of(ts: TimeColumn) -> str | None:
    """The unit that all of these stamps are times in, whatever now is."""
    later = Occasion(SECOND_US, None)
    return next((name for name, ns in UNITS.items() if _is_time(ts, ns, later).all()), None)


def check_units(sheet: Sheet, occasion: Occasion) -> Judged:
    """What is stored is in microseconds already."""
    places = np.flatnonzero(~_is_time(sheet.ts, UNITS["microseconds"], occasion))
    problems = (sheet.problem(p, "unit", f"stamp {sheet.ts[p]} is not in us") for p in places)
    return Judged(sheet, tuple(problems))


def _is_time(ts: TimeColumn, nanoseconds: int, occasion: Occasion) -> Mask:
    lowest = EARLIEST_US * 1_000 // nanoseconds
    highest = occasion.latest_us * 1_000 // nanoseconds
    fits: Mask = (ts >= lowest) & (ts <= highest)
    return fits


def sort_rows(sheet: Sheet, _occasion: Occasion) -> Judged:
    """In the order of time; said of the late rows, or of the early ones if they are fewer."""
    latest = np.maximum.accumulate(sheet.ts)
    earliest = np.minimum.accumulate(sheet.ts[::-1])[::-1]
    late, early = np.flatnonzero(sheet.ts < latest), np.flatnonzero(sheet.ts > earliest)
    if not late.size:
        return Judged(sheet)
    strayed = late if late.size <= early.size else early
    told = "an earlier row has a later time" if late.size <= early.size else "it comes too early"
    problems = tuple(sheet.problem(row, "order", told) for row in strayed)
    return Judged(sheet.at(np.argsort(sheet.ts, kind="stable")), problems)


def settle_duplicates(sheet: Sheet, _occasion: Occasion) -> Judged:
    """The same row is kept once; rows that contradict each other all go."""
    same_stamp = sheet.ts[1:] == sheet.ts[:-1]
    if not same_stamp.any():
        return Judged(sheet)
    group = np.concatenate(([0], np.cumsum(~same_stamp)))
    first = np.concatenate(([True], ~same_stamp))
    firsts = sheet.values[first][group]
    differs = ~np.all((sheet.values == firsts) | (np.isnan(sheet.values) & np.isnan(firsts)), 1)
    conflicting = np.isin(group, np.unique(group[differs]))
    doubled = ~first & ~conflicting
    problems = [
        sheet.problem(row, "conflict", "another row has the same stamp but other values")
        for row in np.flatnonzero(conflicting)
    ]
    problems += [
        sheet.problem(row, "duplicate", "the same row as an earlier one")
        for row in np.flatnonzero(doubled)
    ]
    return Judged(sheet.at(~(conflicting | doubled)), tuple(problems))


def cut_at_now(sheet: Sheet, occasion: Occasion) -> Judged:
    """The bar under way is dropped; a bar beyond it cannot be, and a tail of them is a zone.

    Only one bar can be under way, the one on the grid: others show that the timeframe is wrong.
    """
    if occasion.now_us is None or not len(sheet):
        return Judged(sheet)
    opens_late = sheet.ts > occasion.now_us
    if opens_late.all() and int(sheet.ts.min()) > occasion.now_us + ZONE_US_MAX:
        text = f"now, {utc_minute(occasion.now_us)}, is before the first bar,"
        first = utc_minute(int(sheet.ts.min()))
        return Judged(sheet, (Problem(None, None, "now", f"{text} {first}; it is too early"),))
    unclosed = sheet.ts == floor_to_bar_us(occasion.now_us, timeframe_us=occasion.timeframe_us)
    problems = [
        sheet.problem(row, "unclosed", "the bar closes after now")
        for row in np.flatnonzero(unclosed)
    ]
    ahead = np.flatnonzero(opens_late)
    if len(ahead) > 1 and _is_run(sheet.ts[ahead], occasion.timeframe_us):
        hours = (int(sheet.ts.max()) + occasion.timeframe_us - occasion.now_us) / HOUR_US
        text = f"{len(ahead)} bars are up to {hours:.2f} h in the future; the stamps are not UTC"
        text += ", or now is too early" if len(ahead) == len(sheet) else ""
        problems.append(Problem(None, None, "zone", text))
    else:
        problems += [sheet.problem(row, "ahead", "the bar opens after now") for row in ahead]
    return Judged(sheet.at(~(unclosed | opens_late)), tuple(problems))


def _is_run(stamps: TimeColumn, timeframe_us: int) -> bool:
    return bool(np.all(np.diff(np.sort(stamps)) == timeframe_us))


def check_intervals(sheet: Sheet, occasion: Occasion) -> Judged:
    """The named timeframe throughout: else the file, a stretch or a row is wrong."""
    frame = occasion.timeframe_us
    intervals = np.diff(sheet.ts)
    if not len(sheet):
        return Judged(sheet)
    if intervals.size:
        lengths, counts = np.unique(intervals, return_counts=True)
        usual, most = int(lengths[np.argmax(counts)]), int(counts.max())
        if usual < frame or (usual > frame and most >= FILE_INTERVALS):
            text = f"most bars come every {_span(usual)}, not every {_span(frame)}"
            return Judged(sheet, (Problem(None, None, "timeframe", text),))
    offsets = sheet.ts % frame
    if len(sheet) > 1 and offsets[0] and np.all(offsets == offsets[0]):
        rule = "zone" if offsets[0] % HOUR_US == 0 else "timeframe"
        text = f"every bar opens {_span(int(offsets[0]))} past the grid of {_span(frame)}"
        return Judged(sheet, (Problem(None, None, rule, text),))
    strayed = _strayed_stretches(intervals, frame)
    problems = [
        sheet.problem(
            row, "interval", f"the bar is in a stretch that does not have bars of {_span(frame)}"
        )
        for row in np.flatnonzero(strayed)
    ]
    judged = check_grid(sheet.at(~strayed), occasion)
    return Judged(judged.sheet, (*problems, *judged.problems))


def check_grid(sheet: Sheet, occasion: Occasion) -> Judged:
    """Bars open at whole multiples of the timeframe."""
    offsets = sheet.ts % occasion.timeframe_us
    problems = tuple(
        sheet.problem(row, "grid", f"the stamp is {_span(int(offsets[row]))} past a bar's open")
        for row in np.flatnonzero(offsets)
    )
    return Judged(sheet.at(offsets == 0), problems)


def _strayed_stretches(intervals: TimeColumn, frame: int) -> Mask:
    """Rows in the midst of many equal intervals of a wrong length."""
    strayed = np.zeros(len(intervals) + 1, dtype=np.bool_)
    if not intervals.size:
        return strayed
    bounds = np.concatenate(([0], np.flatnonzero(np.diff(intervals)) + 1, [len(intervals)]))
    starts, stops = bounds[:-1], bounds[1:]
    is_wrong = (stops - starts >= INTERVAL_BARS) & (intervals[starts] != frame)
    for start, stop in zip(starts[is_wrong], stops[is_wrong], strict=True):
        # A coarse stretch begins with the bar before its first interval; a fine one ends in one.
        strayed[start : stop + 1] = True
    return strayed


def find_gaps(sheet: Sheet, occasion: Occasion) -> Judged:
    missing = np.diff(sheet.ts) // occasion.timeframe_us - 1
    return Judged(
        sheet,
        tuple(
            sheet.problem(row + 1, "gap", f"{missing[row]} bars are missing before this one")
            for row in np.flatnonzero(missing > 0)
        ),
    )


def find_staleness(sheet: Sheet, occasion: Occasion) -> Judged:
    if occasion.now_us is None or not len(sheet):
        return Judged(sheet)
    age_us = occasion.now_us - int(sheet.ts[-1]) - occasion.timeframe_us
    if age_us < STALE_BARS * occasion.timeframe_us:
        return Judged(sheet)
    text = f"the last bar closed {_roughly(age_us)} ago"
    return Judged(sheet, (sheet.problem(len(sheet) - 1, "stale", text),))


def _span(span_us: int) -> str:
    """A length of time in the largest unit that tells it exactly."""
    for name, unit_us in (("d", DAY_US), ("h", HOUR_US), ("min", MINUTE_US), ("s", SECOND_US)):
        if span_us % unit_us == 0:
            return f"{span_us // unit_us} {name}"
    return f"{span_us} us"


def _roughly(span_us: int) -> str:
    """A length of time as people say it: `3 d 4 h`, `2 h 5 min`, `40 s`."""
    days, rest_us = divmod(span_us, DAY_US)
    hours, rest_us = divmod(rest_us, HOUR_US)
    minutes, rest_us = divmod(rest_us, MINUTE_US)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"), (rest_us // SECOND_US, "s"))
    first = next((place for place, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {name}" for count, name in parts[first : first + 2] if count) or "0 s"
