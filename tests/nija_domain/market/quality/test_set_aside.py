"""What cannot be believed is set aside with all that could be read of it."""

import math

from nija_domain.market.quality.examination import examine, set_aside
from nija_domain.market.quality.rules import Problem
from nija_domain.market.quality.stamps import Occasion
from tests.fakes.candle_walks import BAR_US
from tests.nija_domain.market.quality.test_contract import (
    BARS,
    NOW_US,
    VOLUME,
    changed,
    judge,
    whole,
)


def test_what_is_set_aside_keeps_its_values() -> None:
    """The quarantine gets the row as it came, and the reason."""
    sheet = changed(whole(), 10, VOLUME, -1.0)
    (broken,) = set_aside(judge(sheet), sheet, raw_of=lambda row: f"line {row}")

    assert broken.bar.volume == -1.0
    assert broken.bar.close == sheet.column("close")[10]
    assert (broken.ts_us, broken.rule) == (int(sheet.ts[10]), "volume")
    assert broken.raw == "line 10"


def test_what_the_reader_told_is_set_aside_with_its_time() -> None:
    """A row with an unread cell is not used, yet its time in whatever unit and its values stay."""
    sheet = changed(whole(), 10, VOLUME, math.nan)
    sheet = sheet.with_stamps(sheet.ts // 1_000_000)
    sheet.ts[20] = -1
    found = [Problem(row, None, "cells", "a cell cannot be read") for row in (10, 20)]
    judged = examine(sheet, symbol="BTC/USD", occasion=Occasion(BAR_US, NOW_US), reported=found)
    readable, timeless = set_aside(judged, sheet, raw_of=lambda _row: None)

    assert [(p.row, p.ts_us) for p in judged.quarantined] == [
        (10, int(whole().ts[10])),
        (20, None),
    ]
    assert (readable.ts_us, timeless.ts_us) == (int(whole().ts[10]), None)
    assert readable.bar[:4] == tuple(sheet.values[10, :4])
    assert timeless.bar == tuple(sheet.values[20])
    assert judged.rows_out == BARS - 2
