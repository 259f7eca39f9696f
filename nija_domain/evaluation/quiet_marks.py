"""The marks of quiet bars: what the account is worth at each close, up to where a limit is met."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
import numpy as np
from msgspec.structs import replace

from nija_domain.capital.account import Capital, fold_capital, with_marks
from nija_domain.capital.changes import changes_after_mark
from nija_domain.capital.limits import HardLimits
from nija_domain.capital.protection import Protection
from nija_domain.evaluation.foresight import Foresight
from nija_domain.events import records as ev
from nija_domain.market.candles import CandleHistory, FloatColumn
from nija_domain.market.money import ZERO
from nija_domain.safety.halts import EquityMarks, tripped_halts
from nija_domain.trading.book import Purse
from nija_domain.trading.rounding import price_to_decimal
from nija_domain.trading.state import State

Seen = Mapping[str, Foresight]

SURE_TICKS = 1e15
"""Numbers of fewer than 16 digits differ as floats where they differ as text."""

FAR = 0.99
"""A bound is near once so much of the way to it is gone; then it is computed to the last digit."""


class Marked(msgspec.Struct, frozen=True):
    """The account after some marks, and their records."""

    purse: Purse
    capital: Capital
    events: list[ev.EquityMarked]


def mark_quiet(state: State, limits: HardLimits, seen: Seen, rows: range, frame_us: int) -> Marked:
    """The marks up to the first that would change more than the marks themselves."""
    book = state.book
    equities = _equities(state, seen, rows)
    closes_us = (_any_history(seen).ts_us[rows.start : rows.stop] + frame_us).tolist()
    events = [
        ev.EquityMarked(at_us=close_us, equity=equity, cash=book.purse.cash)
        for equity, close_us in zip(equities, closes_us, strict=True)
    ]
    lowest, highest = min(equities), max(equities)
    if not _is_far(book.capital.protection, book.purse, limits, lowest=lowest, highest=highest):
        return _marked_one_by_one(state, limits, events)
    # Without positions every mark is the same: after the second, none changes anything.
    counted = equities if book.positions else equities[:2]
    return Marked(
        _with_equities(book.purse, counted),
        with_marks(book.capital, counted, at_us=closes_us[0]),
        events,
    )


def _with_equities(purse: Purse, equities: Sequence[Decimal]) -> Purse:
    """After these marks, all of them of the day that it knows."""
    marked = purse.with_mark(max(equities), day=purse.day, day_start=purse.day_start_equity)
    return replace(marked, equity=equities[-1])


def _marked_one_by_one(
    state: State, limits: HardLimits, events: Sequence[ev.EquityMarked]
) -> Marked:
    purse, capital, made = state.book.purse, state.book.capital, list[ev.EquityMarked]()
    for event in events:
        after = _with_equities(purse, (event.equity,))
        grown = fold_capital(capital, event)
        if _may_change(state, capital, grown, limits, after, at_us=event.at_us):
            break
        purse, capital = after, grown
        made.append(event)
    return Marked(purse, capital, made)


def _may_change(
    state: State,
    before: Capital,
    after: Capital,
    limits: HardLimits,
    purse: Purse,
    *,
    at_us: int,
) -> bool:
    """Whether a halt or a change of capital would follow from this mark."""
    equity = purse.equity
    if _is_far(after.protection, purse, limits, lowest=equity, highest=equity):
        return False
    marks = EquityMarks(
        equity=purse.equity, peak=purse.peak_equity, day_start=purse.day_start_equity
    )
    spent = state.restrictions.halts_spent(purse.day)
    return bool(
        tripped_halts(limits, marks, known=spent, at_us=at_us)
        or changes_after_mark(before, after, limits.protection, at_us=at_us)
    )


def _is_far(
    protection: Protection,
    purse: Purse,
    limits: HardLimits,
    *,
    lowest: Decimal,
    highest: Decimal,
) -> bool:
    """Whether no mark between these two comes near a bound of losses.

    Then none of them need be compared with the bounds to the last digit.
    """
    if protection.level != "NORMAL" or purse.day_start_equity <= 0 or protection.peak <= 0:
        return False
    rules, least = limits.protection, float(lowest)
    lost = 1.0 - least / float(max(protection.peak, purse.peak_equity, highest))
    lost_today = 1.0 - least / float(purse.day_start_equity)
    return (
        lost < FAR * min(rules.caution_drawdown, limits.max_drawdown_halt)
        and lost_today < FAR * min(limits.daily_loss_halt, limits.daily_rollback)
        and FAR * least > rules.floor_share * float(protection.floor_capital)
    )


def _any_history(seen: Seen) -> CandleHistory:
    """All of them have the same bars."""
    return next(iter(seen.values())).history


def _equities(state: State, seen: Seen, rows: range) -> list[Decimal]:
    """Cash and positions at each close."""
    held = [ZERO] * len(rows)
    for position in state.book.positions.values():
        closes = seen[position.symbol].history.close[rows.start : rows.stop]
        prices = nearest_ticks(closes, state.instruments[position.symbol].tick_size)
        quantity = position.quantity
        held = [sum_ + quantity * price for sum_, price in zip(held, prices, strict=True)]
    cash = state.book.purse.cash
    return [cash + each for each in held]


def nearest_ticks(prices: FloatColumn, tick_size: Decimal) -> list[Decimal]:
    """Each price on the venue's ticks; those that print as a tick all at once.

    A tick of few enough digits has one float and is that float's shortest text, so that equality
    proves it.
    """
    scale = 10.0 ** -int(tick_size.as_tuple().exponent)
    if Decimal(scale) * tick_size == 1:
        ticks = np.rint(prices * scale)
        is_sure = (ticks / scale == prices) & (ticks > 0.0) & (ticks < SURE_TICKS)
        if is_sure.all():
            return [tick * tick_size for tick in map(Decimal, ticks.astype(np.int64).tolist())]
    return [price_to_decimal(p, tick_size=tick_size, toward="nearest") for p in prices.tolist()]
