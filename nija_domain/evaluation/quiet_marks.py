"""The marks of quiet bars: what the account is worth at each close, up to where a limit is met."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import repeat

import msgspec

from nija_domain.capital.account import Capital, fold_capital
from nija_domain.capital.changes import changes_after_mark
from nija_domain.capital.limits import HardLimits
from nija_domain.capital.protection import Protection
from nija_domain.evaluation.foresight import Foresight
from nija_domain.events import records as ev
from nija_domain.market.money import ZERO
from nija_domain.safety.halts import EquityMarks, tripped_halts
from nija_domain.trading.book import Purse
from nija_domain.trading.rounding import price_to_decimal
from nija_domain.trading.state import State

Seen = Mapping[str, Foresight]

FAR = 0.99
"""A bound is near once so much of the way to it is gone; then it is computed to the last digit."""


class Marked(msgspec.Struct, frozen=True):
    """The account after some marks, and their records."""

    purse: Purse
    capital: Capital
    events: list[ev.EquityMarked]


def mark_quiet(state: State, limits: HardLimits, seen: Seen, rows: range, frame_us: int) -> Marked:
    """The marks up to the first that would change more than the marks themselves."""
    purse, capital, made = state.book.purse, state.book.capital, list[ev.EquityMarked]()
    is_flat, is_fixed = not state.book.positions, False
    for equity, close_us in _equities(state, seen, rows, frame_us):
        event = ev.EquityMarked(at_us=close_us, equity=equity, cash=purse.cash)
        if not is_fixed:
            before = (purse, capital)
            after = purse.with_mark(equity, day=purse.day, day_start=purse.day_start_equity)
            grown = fold_capital(capital, event)
            if _may_change(state, capital, grown, limits, after, at_us=close_us):
                break
            purse, capital = after, grown
            # Without positions every mark is the same: the second one changes nothing.
            is_fixed = is_flat and before == (purse, capital)
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
    if _is_far(after.protection, purse, limits):
        return False
    marks = EquityMarks(
        equity=purse.equity, peak=purse.peak_equity, day_start=purse.day_start_equity
    )
    spent = state.restrictions.halts_spent(purse.day)
    return bool(
        tripped_halts(limits, marks, known=spent, at_us=at_us)
        or changes_after_mark(before, after, limits.protection, at_us=at_us)
    )


def _is_far(protection: Protection, purse: Purse, limits: HardLimits) -> bool:
    """Whether no bound of losses is near, so that none need be computed to the last digit."""
    if protection.level != "NORMAL" or purse.day_start_equity <= 0 or protection.peak <= 0:
        return False
    rules, equity = limits.protection, float(purse.equity)
    lost = 1.0 - equity / float(max(protection.peak, purse.peak_equity))
    lost_today = 1.0 - equity / float(purse.day_start_equity)
    return (
        lost < FAR * min(rules.caution_drawdown, limits.max_drawdown_halt)
        and lost_today < FAR * min(limits.daily_loss_halt, limits.daily_rollback)
        and FAR * equity > rules.floor_share * float(protection.floor_capital)
    )


def _equities(
    state: State, seen: Seen, rows: range, frame_us: int
) -> Iterator[tuple[Decimal, int]]:
    """Cash and positions at each close, and when that is."""
    history = next(iter(seen.values())).history
    closes_us = (history.ts_us[rows.start : rows.stop] + frame_us).tolist()
    cash, positions = state.book.purse.cash, state.book.positions.values()
    if not positions:
        yield from zip(repeat(cash + ZERO), closes_us)
        return
    prices = [
        seen[each.symbol].history.close[rows.start : rows.stop].tolist() for each in positions
    ]
    ticks = [state.instruments[each.symbol].tick_size for each in positions]
    for place, close_us in enumerate(closes_us):
        held = [
            each.quantity * price_to_decimal(price[place], tick_size=tick, toward="nearest")
            for each, price, tick in zip(positions, prices, ticks, strict=True)
        ]
        yield cash + sum(held, start=ZERO), close_us
