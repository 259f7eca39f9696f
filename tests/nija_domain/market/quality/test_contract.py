"""Each kind of damage is found at its row, and whole candles pass whatever the market does."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.market.quality.examination import (
    Examination,
    examine,
    examine_history,
    find_unstorable,
)
from nija_domain.market.quality.rules import RULES
from nija_domain.market.quality.sheet import Sheet, sheet_of
from nija_domain.market.quality.stamps import Occasion
from nija_domain.market.timeframes import HOUR_US, MINUTE_US, YEAR_US
from nija_domain.worlds.regime_switching import WorldSettings, generate_world
from tests.fakes.candle_walks import BAR_US, random_walk

START_US = 50 * YEAR_US
BARS = 400
NOW_US = START_US + BARS * BAR_US
OPEN, HIGH, LOW, CLOSE, VOLUME = range(5)


def whole(seed: int = 1, bars: int = BARS) -> Sheet:
    sheet = sheet_of(random_walk(bars=bars, seed=seed))
    return sheet.with_stamps(sheet.ts + START_US)


def judge(sheet: Sheet, *, now_us: int | None = NOW_US, frame: int = BAR_US) -> Examination:
    return examine(sheet, symbol="BTC/USD", occasion=Occasion(frame, now_us))


def found(examination: Examination) -> list[tuple[int | None, str]]:
    return [(problem.row, problem.rule) for problem in examination.problems]


def changed(sheet: Sheet, row: int, column: int, value: float) -> Sheet:
    values = sheet.values.copy()
    values[row, column] = value
    return Sheet(sheet.rows, sheet.ts, values)


def moved(sheet: Sheet, row: int, ts: int) -> Sheet:
    stamps = sheet.ts.copy()
    stamps[row] = ts
    return sheet.with_stamps(stamps)


def repeated(sheet: Sheet, row: int, close: float | None = None) -> Sheet:
    """The row a second time at the end, with another close where one is given."""
    extra = sheet.values[row].copy()
    extra[CLOSE] = extra[CLOSE] if close is None else close
    return Sheet(
        np.arange(len(sheet) + 1),
        np.append(sheet.ts, sheet.ts[row]),
        np.vstack([sheet.values, extra]),
    )


@given(seed=st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_whole_candles_are_accepted_as_they_are(seed: int) -> None:
    """No rule, not even a warning, and every value comes out as it went in."""
    sheet = whole(seed)
    judged = judge(sheet)

    assert judged.verdict == "accept"
    assert found(judged) == []
    assert np.array_equal(sheet_of(judged.clean).values, sheet.values)


@pytest.mark.parametrize("seed", range(20))
def test_a_market_with_regimes_and_jumps_is_not_taken_for_damage(seed: int) -> None:
    """Generated worlds with fat tails: warnings at most."""
    world = generate_world(
        ("BTC/USD", "DOGE/USD"),
        settings=WorldSettings(bars=2_000),
        rng=np.random.default_rng(seed),
    )
    for history in world.candles.values():
        now_us = int(history.ts_us[-1]) + 5 * MINUTE_US
        judged = examine_history(history, timeframe_us=5 * MINUTE_US, now_us=now_us)

        assert judged.verdict == "accept"
        assert judged.rows_out == len(history)


Damage = Callable[[Sheet, int], Sheet]
ROW_DAMAGE: dict[str, tuple[Damage, str]] = {
    "open is NaN": (lambda s, r: changed(s, r, OPEN, math.nan), "price"),
    "low is zero": (lambda s, r: changed(s, r, LOW, 0.0), "price"),
    "close is negative": (lambda s, r: changed(s, r, CLOSE, -5.0), "price"),
    "high is infinite": (lambda s, r: changed(s, r, HIGH, math.inf), "price"),
    "high under close": (lambda s, r: changed(s, r, HIGH, s.values[r, LOW] * 0.999), "range"),
    "low over open": (lambda s, r: changed(s, r, LOW, s.values[r, HIGH] * 1.001), "range"),
    "volume is negative": (lambda s, r: changed(s, r, VOLUME, -1.0), "volume"),
    "volume is NaN": (lambda s, r: changed(s, r, VOLUME, math.nan), "volume"),
    "off the grid": (lambda s, r: moved(s, r, int(s.ts[r]) + 7_000_000), "grid"),
    "no time at all": (lambda s, r: moved(s, r, 12), "stamp"),
    "far ahead": (lambda s, r: moved(s, r, NOW_US + 7 * BAR_US), "ahead"),
    "in seconds": (lambda s, r: moved(s, r, int(s.ts[r]) // 1_000_000), "unit"),
    "in milliseconds": (lambda s, r: moved(s, r, int(s.ts[r]) // 1_000), "unit"),
    "in nanoseconds": (lambda s, r: moved(s, r, int(s.ts[r]) * 1_000), "unit"),
    "all prices tenfold": (
        lambda s, r: Sheet(
            s.rows, s.ts, np.where(s.rows[:, None] == r, s.values * [10, 10, 10, 10, 1], s.values)
        ),
        "spike",
    ),
    "a wick of half the price": (
        lambda s, r: changed(s, r, LOW, s.values[r, LOW] * 0.4),
        "spike",
    ),
}


@pytest.mark.parametrize("name", ROW_DAMAGE)
@given(row=st.integers(2, BARS - 3), seed=st.integers(0, 50))
@settings(max_examples=10, deadline=None)
def test_a_damaged_row_is_named_and_taken_out(name: str, row: int, seed: int) -> None:
    """The rule stands at that row, its neighbours stay, and the verdict is the rule's level."""
    damage, rule = ROW_DAMAGE[name]
    judged = judge(damage(whole(seed), row))
    hard = [(r, rule) for r, rule in found(judged) if RULES[rule].level != "warning"]

    assert set(hard) == {(row, rule)}
    assert judged.verdict == RULES[rule].level
    assert judged.rows_out == BARS - (judged.verdict == "quarantine")


def test_a_row_that_comes_twice_is_kept_once() -> None:
    """An identical row is a repair, at the row that came second."""
    judged = judge(repeated(whole(), 10))

    assert judged.verdict == "repair"
    assert (BARS, "duplicate") in found(judged)
    assert judged.rows_out == BARS


def test_rows_that_contradict_each_other_all_go() -> None:
    """Nobody knows which is right: neither is chosen."""
    judged = judge(repeated(whole(), 10, close=float(whole().values[10, OPEN])))

    assert judged.verdict == "quarantine"
    assert {(10, "conflict"), (BARS, "conflict")} <= set(found(judged))
    assert judged.rows_out == BARS - 1


def test_rows_out_of_order_are_sorted() -> None:
    """A file that runs backwards comes out forwards, the same candles."""
    sheet = whole()
    judged = judge(sheet.at(np.arange(BARS)[::-1]))

    assert judged.verdict == "repair"
    assert np.array_equal(sheet_of(judged.clean).values, sheet.values)


@pytest.mark.parametrize("unit", [1_000_000, 1_000])
def test_one_unit_throughout_is_no_problem(unit: int) -> None:
    """Seconds and milliseconds are understood, and come out as microseconds."""
    sheet = whole()
    judged = judge(sheet.with_stamps(sheet.ts // unit))

    assert judged.verdict == "accept"
    assert np.array_equal(judged.clean.ts_us, sheet.ts)


def test_a_real_jump_stays_and_is_only_said() -> None:
    """From one bar to the next the price falls by a fifth, and stays there."""
    sheet = whole()
    values = sheet.values.copy()
    values[200:, :4] *= 0.8
    judged = judge(Sheet(sheet.rows, sheet.ts, values))

    assert judged.verdict == "accept"
    assert (200, "jump") in found(judged)


def test_a_hard_swing_that_trades_through_is_no_spike() -> None:
    """Ten per cent up within one bar and down within the next, every open at the close before."""
    sheet = whole()
    values = sheet.values.copy()
    top = values[99, CLOSE] * 1.1
    values[100] = [values[99, CLOSE], top * 1.01, values[99, CLOSE] * 0.999, top, 90.0]
    values[101] = [top, top * 1.01, values[99, CLOSE] * 0.998, values[99, CLOSE], 90.0]
    values[102, OPEN] = values[99, CLOSE]
    values[102, HIGH] = max(values[102, HIGH], values[99, CLOSE])
    values[102, LOW] = min(values[102, LOW], values[99, CLOSE])
    judged = judge(Sheet(sheet.rows, sheet.ts, values))

    assert judged.verdict == "accept"


def test_gap_frozen_and_stale_are_warnings() -> None:
    """An hour missing, a day without movement, an old end: told, and accepted."""
    sheet = whole()
    values = sheet.values.copy()
    values[100:140, :4] = values[99, CLOSE]
    kept = np.delete(np.arange(BARS), range(200, 212))
    judged = judge(Sheet(sheet.rows, sheet.ts, values).at(kept), now_us=NOW_US + HOUR_US)

    assert judged.verdict == "accept"
    assert found(judged) == [(139, "frozen"), (212, "gap"), (BARS - 1, "stale")]


def test_the_bar_under_way_is_dropped() -> None:
    """A last bar that closes after now is a repair."""
    judged = judge(whole(), now_us=NOW_US - 1)

    assert judged.verdict == "repair"
    assert found(judged) == [(BARS - 1, "unclosed")]
    assert judged.rows_out == BARS - 1


def test_without_a_now_nothing_is_late_or_early() -> None:
    """Rules about now need one."""
    assert judge(whole(), now_us=None).verdict == "accept"


def test_stamps_of_another_zone_are_refused() -> None:
    """Two hours of bars ahead of now are no data from the future but local time."""
    sheet = whole()
    judged = judge(sheet.with_stamps(sheet.ts + 2 * HOUR_US))

    assert judged.verdict == "refuse"
    assert "2.00 h in the future" in judged.problems[0].text
    assert judged.rows_out == 0


def test_daily_bars_that_open_at_a_local_midnight_are_refused() -> None:
    """The offset of the zone stands in every stamp."""
    sheet = whole()
    days = sheet.with_stamps((np.arange(BARS) + 15_000) * 24 * HOUR_US + 5 * HOUR_US)
    judged = judge(days, frame=24 * HOUR_US, now_us=None)

    assert judged.verdict == "refuse"
    assert found(judged) == [(None, "zone")]


def test_an_hour_that_comes_twice_in_autumn_contradicts_itself() -> None:
    """Local stamps without a zone: both passes of the hour go, since their candles differ."""
    sheet = whole()
    stamps = sheet.ts.copy()
    stamps[200:] -= HOUR_US
    judged = judge(sheet.with_stamps(stamps), now_us=NOW_US - HOUR_US)

    assert judged.verdict == "quarantine"
    assert {row for row, rule in found(judged) if rule == "conflict"} == set(range(188, 212))


@pytest.mark.parametrize("frame", [MINUTE_US, 15 * MINUTE_US, HOUR_US])
def test_another_timeframe_than_the_named_one_is_refused(frame: int) -> None:
    """Finer or coarser: the message tells both."""
    judged = judge(whole(), frame=frame)

    assert judged.verdict == "refuse"
    assert (None, "timeframe") in found(judged)
    assert "every 5 min" in judged.problems[0].text


def test_a_stretch_of_another_timeframe_is_taken_out() -> None:
    """From row 300 on the bars come every quarter of an hour."""
    sheet = whole()
    stamps = sheet.ts.copy()
    stamps[300:] = stamps[299] + np.arange(1, 101) * 3 * BAR_US
    judged = judge(sheet.with_stamps(stamps), now_us=None)

    assert judged.verdict == "quarantine"
    assert {row for row, rule in found(judged) if rule == "interval"} >= set(range(300, BARS))


def test_swapped_columns_refuse_the_file() -> None:
    """Where most rows are impossible, none is believed."""
    sheet = whole()
    judged = judge(Sheet(sheet.rows, sheet.ts, sheet.values[:, [0, 2, 1, 3, 4]]))

    assert judged.verdict == "refuse"
    assert "untrusted" in {rule for _, rule in found(judged)}


def test_nothing_is_refused() -> None:
    """A file without a row is no empty success."""
    assert found(judge(whole().at(np.zeros(0, dtype=np.intp)))) == [(None, "empty")]


@given(
    seed=st.integers(0, 1_000),
    damages=st.lists(
        st.tuples(st.sampled_from(sorted(ROW_DAMAGE)), st.integers(2, BARS - 3)),
        max_size=6,
        unique_by=lambda damage: damage[1],
    ),
)
@settings(max_examples=60, deadline=None)
def test_every_row_is_accounted_for(seed: int, damages: list[tuple[str, int]]) -> None:
    """Rows out, rows set aside and rows dropped are the rows in; what is clean stays clean."""
    sheet = whole(seed)
    for name, row in damages:
        sheet = ROW_DAMAGE[name][0](sheet, row)
    judged = judge(sheet)
    aside = {problem.row for problem in judged.quarantined}
    dropped = {p.row for p in judged.problems if p.rule in {"duplicate", "unclosed"}}

    assert judged.rows_out + len(aside | dropped) == judged.rows_in == BARS
    assert find_unstorable(judged.clean, timeframe_us=BAR_US, now_us=NOW_US) is None


@pytest.mark.parametrize("bars", [1, 2, 3])
def test_a_page_of_few_bars_is_judged_by_what_it_shows(bars: int) -> None:
    """An ingestion that brings a bar or two, with a gap between, is no other timeframe."""
    sheet = whole().at(np.arange(0, 2 * bars, 2))
    judged = judge(sheet, now_us=int(sheet.ts[-1]) + BAR_US)

    assert judged.verdict == "accept"
    assert judged.rows_out == bars
