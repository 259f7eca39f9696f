"""Bars of time: UTC microseconds since 1970, named by their open."""

from datetime import date, timedelta

from nija_domain.errors import SettingsInvalid

EPOCH = date(1970, 1, 1)

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
YEAR_US = 365 * DAY_US

_UNIT_US = {"s": SECOND_US, "m": MINUTE_US, "h": HOUR_US, "d": DAY_US}
_COUNT_DIGITS = 9


def parse_timeframe_us(text: str) -> int:
    """The length of a bar: `5m` is 300,000,000 microseconds."""
    count, unit = text[:-1], text[-1:]
    if unit not in _UNIT_US or not count.isdecimal() or not count.strip("0"):
        raise SettingsInvalid(
            f"timeframe {text!r} is not a positive number followed by s, m, h or d; write it as in"
            " 5m"
        )
    if len(count) > _COUNT_DIGITS or int(count) * _UNIT_US[unit] > YEAR_US:
        raise SettingsInvalid(
            f"timeframe {text!r} is longer than a year; choose a shorter one, as in 5m"
        )
    return int(count) * _UNIT_US[unit]


def format_timeframe(timeframe_us: int) -> str:
    """The text that parses to this length; seconds where it is no whole minute."""
    for unit in ("d", "h", "m"):
        if timeframe_us % _UNIT_US[unit] == 0:
            return f"{timeframe_us // _UNIT_US[unit]}{unit}"
    return f"{timeframe_us / SECOND_US:g}s"


def floor_to_bar_us(at_us: int, *, timeframe_us: int) -> int:
    """The open of the bar that holds this moment."""
    return at_us - at_us % timeframe_us


def is_bar_closed(bar_open_us: int, *, timeframe_us: int, now_us: int) -> bool:
    """A candle is known from its close on, and not one microsecond before."""
    return bar_open_us + timeframe_us <= now_us


def utc_day(at_us: int) -> int:
    """Days since 1970 in UTC: the key of daily limits."""
    return at_us // DAY_US


def utc_date(at_us: int) -> str:
    """2026-01-31: the day as people write it."""
    return (EPOCH + timedelta(days=utc_day(at_us))).isoformat()


def utc_minute(at_us: int) -> str:
    """2026-01-31 14:05: the minute as people write it."""
    hours, minutes = divmod(at_us % DAY_US // MINUTE_US, 60)
    return f"{utc_date(at_us)} {hours:02}:{minutes:02}"
