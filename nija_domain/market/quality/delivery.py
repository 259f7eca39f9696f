"""What one ingestion brings of one symbol, once it is judged."""

from collections.abc import Callable

import msgspec

from nija_domain.market.candles import CandleHistory
from nija_domain.market.quality.examination import (
    BrokenRow,
    Examination,
    set_aside,
)
from nija_domain.market.quality.sheet import Sheet


class Delivery(msgspec.Struct, frozen=True):
    """Rows that may be used, and those set aside: one of `aside` for each broken rule."""

    clean: CandleHistory
    aside: tuple[BrokenRow, ...]

    @property
    def symbol(self) -> str:
        return self.clean.symbol


def deliver(
    found: Examination, given: Sheet, *, raw_of: Callable[[int], str | None] = lambda _row: None
) -> Delivery:
    """The verdict over a sheet as something to store, with the text of each row that had one."""
    return Delivery(found.clean, set_aside(found, given, raw_of=raw_of))


def deliver_clean(history: CandleHistory) -> Delivery:
    """Rows that were judged before."""
    return Delivery(history, ())
