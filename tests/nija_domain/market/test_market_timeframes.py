"""A timeframe's text and its length say the same."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.market.timeframes import (
    SECOND_US,
    format_timeframe,
    parse_timeframe_us,
    utc_minute,
)


@pytest.mark.parametrize("text", ["1m", "5m", "90m", "1h", "4h", "1d", "7d"])
def test_what_is_formatted_parses_back(text: str) -> None:
    assert format_timeframe(parse_timeframe_us(text)) == text


def test_no_whole_minute_is_told_in_seconds() -> None:
    assert format_timeframe(30 * SECOND_US) == "30s"
    assert format_timeframe(parse_timeframe_us("24h")) == "1d"


@given(st.integers(0, 4_000_000_000_000_000))
def test_a_minute_is_told_as_the_calendar_has_it(at_us: int) -> None:
    """Against the standard library, at any moment of a century."""
    moment = datetime.fromtimestamp(at_us // SECOND_US, UTC)

    assert utc_minute(at_us) == moment.strftime("%Y-%m-%d %H:%M")
