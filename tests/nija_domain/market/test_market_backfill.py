"""A back-fill is planned in ranges that miss no bar and ask for none twice."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.market.backfill import Stretch, find_missing, oldest_served_us, plan_ranges

FRAME_US = 60


def _bars(stretch: Stretch) -> list[int]:
    return list(range(stretch.from_us, stretch.until_us, FRAME_US))


@given(
    stored=st.sets(st.integers(0, 60)), since_us=st.integers(0, 3_000), span_us=st.integers(0, 900)
)
def test_what_is_missing_is_every_closed_bar_that_is_not_stored(
    stored: set[int], since_us: int, span_us: int
) -> None:
    """Against a look at each bar; stretches that touch are one."""
    now_us = since_us + span_us
    stored_us = np.array(sorted(stored), dtype=np.int64) * FRAME_US
    missing = find_missing(stored_us, since_us=since_us, now_us=now_us, timeframe_us=FRAME_US)
    closed = [us for us in range(0, now_us, FRAME_US) if since_us <= us <= now_us - FRAME_US]
    expected = [us for us in closed if us not in stored_us]

    assert [us for stretch in missing for us in _bars(stretch)] == expected
    assert all(later.from_us > earlier.until_us for earlier, later in pairwise(missing))


@given(
    first=st.integers(0, 90),
    bars=st.integers(1, 90),
    expected=st.integers(0, 200),
    range_us=st.integers(1, 900),
)
def test_ranges_are_the_stretch(first: int, bars: int, expected: int, range_us: int) -> None:
    """Every bar once; candles from where they are told, trades in short pieces before."""
    stretch = Stretch(first * FRAME_US, (first + bars) * FRAME_US)
    ranges = plan_ranges(
        stretch, oldest_served_us=expected * FRAME_US, timeframe_us=FRAME_US, range_us=range_us
    )

    assert [us for fetched in ranges for us in _bars(fetched.stretch)] == _bars(stretch)
    for fetched in ranges:
        is_told = fetched.stretch.from_us >= expected * FRAME_US
        assert (fetched.source == "candles") == is_told
        length_us = fetched.stretch.until_us - fetched.stretch.from_us
        assert is_told or length_us <= max(FRAME_US, range_us)


def test_candles_are_told_for_a_while() -> None:
    """Of 720 candles one is under way, and two may close before the venue is asked."""
    now_us = 1_000 * FRAME_US + 7

    assert oldest_served_us(now_us=now_us, timeframe_us=FRAME_US, candles_max=720) == 283 * FRAME_US
