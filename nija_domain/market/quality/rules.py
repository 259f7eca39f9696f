"""Every rule of the contract: how hard it is, what breaks it, what to do."""

from types import MappingProxyType
from typing import Literal

import msgspec

Level = Literal["warning", "repair", "quarantine", "refuse"]
LEVELS: tuple[Level, ...] = ("warning", "repair", "quarantine", "refuse")


class QualityRule(msgspec.Struct, frozen=True):
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


RULES: MappingProxyType[str, QualityRule] = MappingProxyType(
    {
        "unreadable": QualityRule(
            "refuse",
            "a page of HTML, a broken archive, bytes that are not text, a damaged Parquet file",
            "fetch the file again",
        ),
        "empty": QualityRule("refuse", "no rows", "fetch the file again"),
        "columns": QualityRule(
            "refuse",
            "one of ts, open, high, low, close, volume is missing, doubled or unnamed",
            "name the columns in a header line",
        ),
        "timeframe": QualityRule(
            "refuse",
            "bars at another interval than the given timeframe",
            "give the timeframe that the bars have",
        ),
        "now": QualityRule(
            "refuse",
            "a `--now` before 2009 or beyond 2069, which seconds or microseconds give, or one"
            " that is before the bars",
            "give --now in milliseconds since 1970 UTC, or leave it out; without it, set the clock",
        ),
        "zone": QualityRule(
            "refuse",
            "a tail of bars ahead of now, every bar off the grid by the same whole hours, or stamps"
            " with and without a zone",
            "convert local stamps to UTC",
        ),
        "style": QualityRule(
            "refuse",
            "numbers in two styles, or in a style that is ambiguous: `1,234.5` beside `12,5`",
            "write all numbers with decimal points and without thousands separators",
        ),
        "untrusted": QualityRule(
            "refuse",
            "more than half of the rows are not credible",
            "look at the file; its columns may be swapped",
        ),
        "market": QualityRule(
            "refuse",
            "more than half of at least 20 stored bars close at another price, by more than a tick",
            "give the right --symbol; or give --restate to replace the stored candles",
        ),
        "step": QualityRule(
            "refuse",
            "a price that steps by ten times or more and stays there, even across a gap, unless a"
            " person has confirmed it",
            "if it is right, run `nija candles confirm`; else fetch the file again",
        ),
        "nul": QualityRule("quarantine", "a NUL byte in the row", "fetch the row again"),
        "cells": QualityRule(
            "quarantine", "a cell that is not a number or not a time", "fetch the row again"
        ),
        "truncated": QualityRule("quarantine", "a last row that was cut off", "fetch the rest"),
        "stamp": QualityRule(
            "quarantine", "a stamp that is not a time in any unit", "fetch the row again"
        ),
        "conflict": QualityRule(
            "quarantine",
            "one stamp with different values; none of its rows is chosen",
            "ask the source which is right",
        ),
        "price": QualityRule(
            "quarantine", "a price that is not finite and positive", "fetch again"
        ),
        "range": QualityRule("quarantine", "open or close outside low to high", "fetch again"),
        "volume": QualityRule(
            "quarantine",
            "a volume that is negative, not finite, or worth more than all money",
            "fetch again",
        ),
        "ahead": QualityRule(
            "quarantine", "a single bar beyond now", "set the clock, or fetch again"
        ),
        "grid": QualityRule("quarantine", "a stamp between two bars", "fetch the row again"),
        "interval": QualityRule(
            "quarantine",
            "a stretch of bars at another interval than the rest",
            "import each timeframe as a file of its own",
        ),
        "spike": QualityRule(
            "quarantine",
            "a price that jumps away and is back at once, which trading does not do",
            "compare with another source",
        ),
        "order": QualityRule("repair", "a row before an earlier one", "sorted by time"),
        "duplicate": QualityRule("repair", "the same row twice", "kept once"),
        "unit": QualityRule(
            "repair",
            "some stamps in another unit than most (seconds, milliseconds, nanoseconds)",
            "converted to the only unit in which they are a time",
        ),
        "unclosed": QualityRule("repair", "a last bar that has not closed", "dropped"),
        "marks": QualityRule("repair", "a byte order mark before the text", "skipped"),
        "decimals": QualityRule(
            "repair", "decimal commas or separated thousands", "read as plain numbers"
        ),
        "offset": QualityRule("repair", "stamps with an offset from UTC", "converted to UTC"),
        "gap": QualityRule("warning", "bars that are missing", "back-fill them"),
        "frozen": QualityRule(
            "warning", "a day of bars without any movement", "compare with a source"
        ),
        "stale": QualityRule("warning", "a last bar long before now", "fetch the newest bars"),
        "jump": QualityRule(
            "warning", "a jump of the price that stays", "nothing; markets do that"
        ),
        "restated": QualityRule(
            "warning",
            "closed candles that differ from those in the lake",
            "nothing; both versions are kept, and the new one counts",
        ),
        "assumed": QualityRule(
            "warning",
            "what the file does not say: no header, or stamps in another unit than milliseconds",
            "check that it is right; with a header line and milliseconds nothing is assumed",
        ),
        "naive": QualityRule("warning", "stamps without a zone, read as UTC", "add the zone"),
        "unended": QualityRule(
            "warning", "a last line without a line end; it may have been cut off", "fetch the rest"
        ),
    }
)
