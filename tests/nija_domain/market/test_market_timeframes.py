"""A timeframe's text and its length say the same."""

import pytest

from nija_domain.market.timeframes import SECOND_US, format_timeframe, parse_timeframe_us


@pytest.mark.parametrize("text", ["1m", "5m", "90m", "1h", "4h", "1d", "7d"])
def test_what_is_formatted_parses_back(text: str) -> None:
    assert format_timeframe(parse_timeframe_us(text)) == text


def test_no_whole_minute_is_told_in_seconds() -> None:
    assert format_timeframe(30 * SECOND_US) == "30s"
    assert format_timeframe(parse_timeframe_us("24h")) == "1d"
