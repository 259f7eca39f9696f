"""What now decides: which bar is under way, and how old the last one is."""

import numpy as np
import pytest

from nija_domain.market.timeframes import HOUR_US
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
