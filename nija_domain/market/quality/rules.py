"""Every rule of the contract: how hard it is, what breaks it, what to do."""

from types import MappingProxyType
from typing import Literal

import msgspec

Level = Literal["warning", "repair", "quarantine", "refuse"]
LEVELS: tuple[Level, ...] = ("warning", "repair", "quarantine", "refuse")


class Rule(msgspec.Struct, frozen=True):
    level: Level
    broken_by: str
    remedy: str


class Problem(msgspec.Struct, frozen=True):
    """One row that breaks one rule, by its number in the input; None where it is the whole input.

    A gap or a frozen stretch stands at the row that ends it.
    """

    row: int | None
    ts_us: int | None
    rule: str
    text: str

    @property
    def level(self) -> Level:
        return RULES[self.rule].level

    @property
    def remedy(self) -> str:
        return RULES[self.rule].remedy


RULES: MappingProxyType[str, Rule] = MappingProxyType(
    {
        "unreadable": Rule(
            "refuse",
            "a page of HTML, a broken archive, bytes that are no text, a damaged Parquet file",
            "fetch the file again",
        ),
        "empty": Rule("refuse", "no row at all", "fetch the file again"),
        "columns": Rule(
            "refuse",
            "a missing, doubled or unnamed column among ts, open, high, low, close, volume",
            "name the columns in a header line",
        ),
        "timeframe": Rule(
            "refuse",
            "bars that come at another interval than the named one",
            "name the timeframe that the bars have",
        ),
        "now": Rule(
            "refuse",
            "a `--now` before 2009 or beyond 2069, as seconds or microseconds are, or one that lies"
            " before the bars",
            "give milliseconds since 1970 UTC, or leave it out; without it, set the clock",
        ),
        "zone": Rule(
            "refuse",
            "a tail of bars ahead of now, every bar off the grid by the same whole hours, or stamps"
            " with and without a zone",
            "convert local stamps to UTC",
        ),
        "style": Rule(
            "refuse",
            "numbers in two styles, or in one that no cell tells: `1,234.5` beside `12,5`",
            "write all numbers with decimal points and without separated thousands",
        ),
        "untrusted": Rule(
            "refuse",
            "more than half of the rows cannot be believed",
            "look at the file: columns may be swapped",
        ),
        "market": Rule(
            "refuse",
            "more than half of at least 20 stored bars close elsewhere by more than a tick",
            "name the right --symbol; or --restate, and these candles replace the stored ones",
        ),
        "step": Rule(
            "refuse",
            "a price that steps by ten times or more and stays, across a gap too, unless a person"
            " has confirmed it",
            "`nija candles confirm` if it is right, else fetch the file again",
        ),
        "nul": Rule("quarantine", "a NUL byte in the row", "fetch the row again"),
        "cells": Rule("quarantine", "a cell that is no number or no time", "fetch the row again"),
        "truncated": Rule("quarantine", "a last row that was cut off", "fetch the rest"),
        "stamp": Rule("quarantine", "a stamp that is no time in any unit", "fetch the row again"),
        "conflict": Rule(
            "quarantine",
            "one stamp with different values; none of its rows is chosen",
            "ask the source which is right",
        ),
        "price": Rule("quarantine", "a price that is not finite and positive", "fetch again"),
        "range": Rule("quarantine", "open or close outside low to high", "fetch again"),
        "volume": Rule(
            "quarantine",
            "a volume that is negative, not finite, or more money than there is",
            "fetch again",
        ),
        "ahead": Rule("quarantine", "a single bar beyond now", "set the clock, or fetch again"),
        "grid": Rule("quarantine", "a stamp between two bars", "fetch the row again"),
        "interval": Rule(
            "quarantine",
            "a stretch of bars at another interval than the rest",
            "import each timeframe as a file of its own",
        ),
        "spike": Rule(
            "quarantine",
            "a price that leaps away and is back at once, as no trading does",
            "compare with another source",
        ),
        "order": Rule("repair", "a row before an earlier one", "sorted by time"),
        "duplicate": Rule("repair", "the same row twice", "kept once"),
        "unit": Rule(
            "repair",
            "some stamps in another unit than most (seconds, milliseconds, nanoseconds)",
            "converted, since no other reading is a time",
        ),
        "unclosed": Rule("repair", "a last bar that has not closed", "dropped"),
        "marks": Rule("repair", "a byte order mark before the text", "skipped"),
        "decimals": Rule(
            "repair", "decimal commas or separated thousands", "read as the numbers that they are"
        ),
        "offset": Rule("repair", "stamps with an offset from UTC", "converted to UTC"),
        "gap": Rule("warning", "bars that are missing", "back-fill them"),
        "frozen": Rule("warning", "a day of bars without any movement", "compare with a source"),
        "stale": Rule("warning", "a last bar long before now", "fetch the newest bars"),
        "jump": Rule("warning", "a leap of the price that stays", "none: markets do that"),
        "restated": Rule(
            "warning",
            "closed candles that come otherwise than the lake holds them",
            "none: both are kept, the new ones count",
        ),
        "assumed": Rule(
            "warning",
            "what the file does not say: no header, or stamps in another unit than milliseconds",
            "look whether it is so; a header line and milliseconds leave nothing to assume",
        ),
        "naive": Rule("warning", "stamps without a zone, read as UTC", "say the zone"),
        "unended": Rule(
            "warning", "a last line without an end: it may have been cut", "fetch the rest"
        ),
    }
)
