"""What now decides: which bar is under way, and how old the last one is."""

import numpy as np
import pytest

from nija_domain.market.timeframes import HOUR_US, utc_minute
from tests.fakes.candle_walks import BAR_US
from tests.nija_domain.market.quality.test_contract import (
    BARS,
    NOW_US,
    START_US,
    found,
    judge,
    moved,
    whole,
)


@pytest.mark.parametrize("frame", [HOUR_US, 24 * HOUR_US])
@pytest.mark.parametrize("bars", [8, 12, BARS])
def test_bars_that_are_all_under_way_have_another_timeframe(bars: int, frame: int) -> None:
    """Minutes given as days all close after now: refused, not dropped one and all as a repair."""
    now_us = START_US + frame - BAR_US
    sheet = whole().at(np.arange(bars))
    judged = judge(
        sheet.with_stamps(now_us - BAR_US * np.arange(bars, 0, -1)), frame=frame, now_us=now_us
    )

    assert judged.verdict == "refuse"
    assert (None, "timeframe") in found(judged)


def test_an_old_end_is_told_as_people_say_it() -> None:
    """Days and hours, whatever the microseconds are."""
    judged = judge(whole(), now_us=NOW_US + 1_102 * 24 * HOUR_US + 14 * HOUR_US + 939_751)

    assert judged.problems[-1].text == "the last bar closed 1102 d 14 h ago"


def test_a_stray_row_beside_the_last_bar_is_set_aside_alone() -> None:
    """Only one bar can be under way: the one that opens where bars do."""
    sheet = moved(whole(), BARS - 2, NOW_US - BAR_US // 2)
    judged = judge(sheet, now_us=NOW_US - 1)

    assert judged.verdict == "quarantine"
    assert {(BARS - 1, "unclosed"), (BARS - 2, "grid")} <= set(found(judged))
    assert judged.rows_out == BARS - 2


@pytest.mark.parametrize("days", [0.7, 2, 40, 2_000])
@pytest.mark.parametrize("rows", [1, 8, BARS])
def test_a_now_before_the_bars_is_told_as_that(days: float, rows: int) -> None:
    """Alone, whatever the number of rows: nothing is said of columns or of stamps."""
    now_us = START_US - int(days * 24 * HOUR_US)
    judged = judge(whole().at(np.arange(rows)), now_us=now_us)

    assert found(judged) == [(None, "now")]
    assert judged.problems[0].text.startswith(f"now, {utc_minute(now_us)}, is")


def test_a_now_before_most_of_the_bars_is_doubted_and_not_they() -> None:
    """Two days of minutes, and now after the first quarter."""
    sheet = whole(bars=2_000)
    sheet = sheet.with_stamps(START_US + (sheet.ts - sheet.ts[0]) * 5)
    judged = judge(sheet, now_us=int(sheet.ts[100]), frame=5 * BAR_US)

    assert found(judged) == [(None, "now")]
    assert "more than a day before" in judged.problems[0].text


def test_a_few_hours_may_be_a_zone_or_a_now() -> None:
    """Both are said."""
    judged = judge(whole().at(np.arange(20)), now_us=START_US - 2 * HOUR_US)

    assert found(judged) == [(None, "zone")]
    assert "or now is too early" in judged.problems[0].text
