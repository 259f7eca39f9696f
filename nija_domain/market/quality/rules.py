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
            "a page of HTML, a broken archive, bytes that are not text, a damaged Parquet file",
            "fetch the file again",
        ),
        "empty": Rule("refuse", "no rows", "fetch the file again"),
        "columns": Rule(
            "refuse",
            "one of ts, open, high, low, close, volume is missing, doubled or unnamed",
            "name the columns in a header line",
        ),
        "timeframe": Rule(
            "refuse",
            "bars at another interval than the given timeframe",
            "give the timeframe that the bars have",
        ),
        "now": Rule(
            "refuse",
            "a `--now` before 2009 or beyond 2069, which seconds or microseconds give, or one"
            " that is before the bars",
            "give --now in milliseconds since 1970 UTC, or leave it out; without it, set the clock",
        ),
        "zone": Rule(
            "refuse",
            "a tail of bars ahead of now, every bar off the grid by the same whole hours, or stamps"
            " with and without a zone",
            "convert local stamps to UTC",
        ),
        "style": Rule(
            "refuse",
            "numbers in two styles, or in a style that is ambiguous: `1,234.5` beside `12,5`",
            "write all numbers with decimal points and without thousands separators",
        ),
        "untrusted": Rule(
            "refuse",
            "more than half of the rows are not credible",
            "look at the file; its columns may be swapped",
        ),
        "market": Rule(
            "refuse",
            "more than half of at least 20 stored bars close at another price, by more than a tick",
            "give the right --symbol; or give --restate to replace the stored candles",
        ),
        "step": Rule(
            "refuse",
            "a price that steps by ten times or more and stays there, even across a gap, unless a"
            " person has confirmed it",
            "if it is right, run `nija candles confirm`; else fetch the file again",
        ),
        "nul": Rule("quarantine", "a NUL byte in the row", "fetch the row again"),
        "cells": Rule(
            "quarantine", "a cell that is not a number or not a time", "fetch the row again"
        ),
        "truncated": Rule("quarantine", "a last row that was cut off", "fetch the rest"),
        "stamp": Rule(
            "quarantine", "a stamp that is not a time in any unit", "fetch the row again"
        ),
        "conflict": Rule(
            "quarantine",
            "one stamp with different values; none of its rows is chosen",
            "ask the source which is right",
        ),
        "price": Rule("quarantine", "a price that is not finite and positive", "fetch again"),
        "range": Rule("quarantine", "open or close outside low to high", "fetch again"),
        "volume": Rule(
            "quarantine",
            "a volume that is negative, not finite, or worth more than all money",
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
            "a price that jumps away and is back at once, which trading does not do",
            "compare with another source",
        ),
        "order": Rule("repair", "a row before an earlier one", "sorted by time"),
        "duplicate": Rule("repair", "the same row twice", "kept once"),
        "unit": Rule(
            "repair",
            "some stamps in another unit than most (seconds, milliseconds, nanoseconds)",
            "converted to the only unit in which they are a time",
        ),
        "unclosed": Rule("repair", "a last bar that has not closed", "dropped"),
        "marks": Rule("repair", "a byte order mark before the text", "skipped"),
        "decimals": Rule(
            "repair", "decimal commas or separated thousands", "read as plain numbers"
        ),
        "offset": Rule("repair", "stamps with an offset from UTC", "converted to UTC"),
        "gap": Rule("warning", "bars that are missing", "back-fill them"),
        "frozen": Rule("warning", "a day of bars without any movement", "compare with a source"),
        "stale": Rule("warning", "a last bar long before now", "fetch the newest bars"),
        "jump": Rule("warning", "a jump of the price that stays", "nothing; markets do that"),
        "restated": Rule(
            "warning",
            "closed candles that differ from those in the lake",
            "nothing; both versions are kept, and the new one counts",
        ),
        "assumed": Rule(
            "warning",
            "what the file does not say: no header, or stamps in another unit than milliseconds",
            "check that it is right; with a header line and milliseconds nothing is assumed",
        ),
        "naive": Rule("warning", "stamps without a zone, read as UTC", "add the zone"),
        "unended": Rule(
            "warning", "a last line without a line end; it may have been cut off", "fetch the rest"
        ),
    }
)
