"""A timeframe's text and its length say the same."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.errors import SettingsInvalid
from nija_domain.market.timeframes import (
    SECOND_US,
    YEAR_US,
    format_timeframe,
    parse_timeframe_us,
    utc_minute,
)


@pytest.mark.parametrize("text", ["1s", "30s", "1m", "5m", "90m", "1h", "4h", "1d", "7d"])
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


@pytest.mark.parametrize(
    "text",
    ["zz", "m", "0m", "000h", "-1m", "1w", "1M", "1.5h", "", "366d", f"{10**11}d", "9" * 5000],
)
def test_what_is_no_length_of_a_bar_is_refused(text: str) -> None:
    """With an example; a week begins on no multiple of seven days since 1970, so none is one."""
    with pytest.raises(SettingsInvalid, match="as in 5m"):
        parse_timeframe_us(text)


def test_a_year_is_the_longest_bar() -> None:
    assert parse_timeframe_us("365d") == YEAR_US
    assert parse_timeframe_us("31536000s") == YEAR_US
