"""A back-fill is planned in ranges that miss no bar and ask for none twice."""

from hypothesis import given
from hypothesis import strategies as st

from nija_domain.market.backfill import plan_ranges

FRAME_US = 60
CANDLES_MAX = 720


@given(
    since_us=st.integers(0, 200_000),
    span_us=st.integers(0, 200_000),
    range_us=st.integers(1, 50_000),
)
def test_every_closed_bar_is_fetched_once(since_us: int, span_us: int, range_us: int) -> None:
    """Ranges touch, begin at the first whole bar and end at the last closed one."""
    now_us = since_us + span_us
    ranges = plan_ranges(
        since_us=since_us,
        now_us=now_us,
        timeframe_us=FRAME_US,
        candles_max=CANDLES_MAX,
        range_us=range_us,
    )
    bars = [us for r in ranges for us in range(r.from_us, r.until_us, FRAME_US)]
    expected = [us for us in range(0, now_us, FRAME_US) if since_us <= us <= now_us - FRAME_US]

    assert bars == expected
    assert all(r.from_us % FRAME_US == r.until_us % FRAME_US == 0 for r in ranges)
    for fetched in ranges:
        told = fetched.from_us > now_us - (CANDLES_MAX - 1) * FRAME_US
        assert fetched.source == "trades" or told
        assert fetched.source == "candles" or fetched.until_us - fetched.from_us <= max(
            FRAME_US, range_us
        )


def test_candles_are_asked_for_while_they_are_told() -> None:
    """Trades cost a request a thousand; what candles tell is never built from them."""
    ranges = plan_ranges(
        since_us=0, now_us=700 * FRAME_US, timeframe_us=FRAME_US, candles_max=720, range_us=FRAME_US
    )

    assert [r.source for r in ranges] == ["candles"]
