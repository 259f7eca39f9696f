"""What one ingestion brings of one symbol, once it is judged."""

import msgspec

from nija_domain.market.candles import CandleHistory
from nija_domain.market.quality.examination import Examination, examine_history, set_aside
from nija_domain.market.quality.rules import Problem
from nija_domain.market.quality.sheet import Sheet, sheet_of


class Delivery(msgspec.Struct, frozen=True):
    """Rows that may be used, and those set aside: one of `aside` for each problem."""

    clean: CandleHistory
    aside: CandleHistory
    problems: tuple[Problem, ...]

    @property
    def symbol(self) -> str:
        return self.clean.symbol


def deliver(found: Examination, given: Sheet) -> Delivery:
    """The verdict over a sheet as something to store."""
    return Delivery(found.clean, *set_aside(found, given))


def deliver_clean(history: CandleHistory) -> Delivery:
    """Rows that were judged before."""
    return Delivery(history, history.cut(0), ())


def deliver_answer(
    history: CandleHistory, *, timeframe_us: int, now_us: int
) -> tuple[Delivery, Examination]:
    """What an exchange answered, and the verdict over it."""
    found = examine_history(history, timeframe_us=timeframe_us, now_us=now_us)
    return deliver(found, sheet_of(history)), found
