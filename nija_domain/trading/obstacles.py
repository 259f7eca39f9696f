"""Why an entry is not possible, whatever its size: the first reason, and the limit if it is one.

Exits and stops never come here: no limit of entries refuses or shrinks them.
"""

from collections.abc import Iterator
from math import isfinite
from statistics import median

import msgspec

from nija_domain.capital.limits import HardLimits, LimitMet
from nija_domain.events.position_id import Slot
from nija_domain.events.records import DecisionDue, Signal
from nija_domain.events.session_records import AGENTS_IN_CORE
from nija_domain.market.timeframes import HOUR_US, MINUTE_US
from nija_domain.trading.account import CASH_ASSET
from nija_domain.trading.at_work import AtWork
from nija_domain.trading.decision_basis import DecisionBasis
from nija_domain.trading.market import SymbolState
from nija_domain.trading.orders import Order
from nija_domain.trading.state import State


class Obstacle(msgspec.Struct, frozen=True):
    """What stands in an entry's way, as a sentence."""

    reason: str
    limit: LimitMet | None = None


class _Wish(msgspec.Struct, frozen=True):
    """An entry that is judged: by what, and when."""

    state: State
    limits: HardLimits
    signal: Signal
    basis: DecisionBasis

    @property
    def due(self) -> DecisionDue:
        return self.basis.due

    @property
    def work(self) -> AtWork:
        return self.basis.work

    @property
    def known(self) -> SymbolState | None:
        return self.state.market.symbols.get(self.signal.symbol)


def slot_of(signal: Signal) -> Slot:
    return Slot(signal.agent, signal.symbol, signal.tag)


def find_obstacle(
    state: State, limits: HardLimits, signal: Signal, basis: DecisionBasis
) -> Obstacle | None:
    """The first of them, in an order that older journals know."""
    return next(_obstacles(_Wish(state, limits, signal, basis)), None)


def _obstacles(wish: _Wish) -> Iterator[Obstacle]:
    yield from _of_restrictions(wish)
    yield from _of_symbol(wish)
    yield from _of_slot(wish)
    yield from _of_counts(wish)
    yield from _of_signal(wish)
    if wish.state.rules >= AGENTS_IN_CORE:
        yield from _of_data(wish)
        yield from _of_orders(wish)


def _of_restrictions(wish: _Wish) -> Iterator[Obstacle]:
    restrictions = wish.state.restrictions
    if restrictions.killed:
        yield Obstacle(f"trading was killed: {restrictions.killed}")
    if restrictions.tripped:
        halts = sorted(restrictions.tripped)
        tripped = restrictions.tripped[halts[0]]
        limit = LimitMet(tripped.limit, tripped.value, tripped.bound)
        yield Obstacle(f"halted by {', '.join(halts)}", limit)
    if restrictions.fault:
        yield Obstacle(f"the program failed at {restrictions.fault}")
    if wish.signal.symbol not in wish.basis.universe:
        yield Obstacle("the release does not trade it")
    directed = restrictions.directive_against(wish.signal.symbol, at_us=wish.due.at_us)
    if directed:
        yield Obstacle(directed)


def _of_symbol(wish: _Wish) -> Iterator[Obstacle]:
    state, symbol, known = wish.state, wish.signal.symbol, wish.known
    if symbol not in state.instruments:
        yield Obstacle("not listed at the venue; will not be traded")
    if symbol in state.restrictions.stepped:
        yield Obstacle("its price has stepped by ten times or more")
    if known is None or known.ts_us != wish.due.ts_us:
        yield Obstacle("its last candle is stale")
    if cash_gap := state.account.unexplained.get(CASH_ASSET):
        yield Obstacle(f"the account's cash differs by {cash_gap}, which nothing explains")
    if unexplained := state.account.unexplained.get(symbol.partition("/")[0]):
        yield Obstacle(f"the account holds {unexplained} of it that nothing explains")


def _of_slot(wish: _Wish) -> Iterator[Obstacle]:
    work, slot = wish.work, slot_of(wish.signal)
    if slot in work.slots:
        yield Obstacle("it is held or on its way")
    if _unsettled(work, slot):
        yield Obstacle("an order of it is still live")


def _unsettled(work: AtWork, slot: Slot) -> list[Order]:
    """Orders that an entry waits for: its own, and every agent's sale or unknown order."""
    return [
        order
        for order in work.live.get(slot.symbol, ())
        if order.slot == slot or order.role == "exit" or order.status == "unknown"
    ]


def _of_counts(wish: _Wish) -> Iterator[Obstacle]:
    """Positions with what is on its way, and the entries of an hour."""
    limits, since_us = wish.limits, wish.due.at_us - HOUR_US
    recent = sum([at_us > since_us for at_us in wish.state.book.entry_times_us])
    counted = (
        ("max_open_positions", len(wish.work.slots)),
        ("max_entries_per_hour", recent),
    )
    for name, count in counted:
        if count >= getattr(limits, name):
            yield Obstacle(f"{name} is reached", LimitMet(name, count, getattr(limits, name)))


def _of_signal(wish: _Wish) -> Iterator[Obstacle]:
    fraction, widest = wish.signal.stop_fraction, wish.limits.max_stop_fraction
    if not (isfinite(fraction) and 0.0 < fraction <= widest):
        limit = LimitMet("max_stop_fraction", fraction, widest)
        is_wide = isfinite(fraction) and fraction > widest
        yield Obstacle(f"stop fraction {fraction} is unusable", limit if is_wide else None)
    if not 0.0 < wish.signal.share <= 1.0:
        yield Obstacle(f"share {wish.signal.share} lies outside (0, 1]")


def _of_data(wish: _Wish) -> Iterator[Obstacle]:
    """A price that is too old, or too far from the closes before it."""
    age, known, limits = _age_bars(wish), wish.known, wish.limits
    if age > limits.max_data_age_bars:
        limit = LimitMet("max_data_age_bars", age, limits.max_data_age_bars)
        yield Obstacle(f"its last candle closed {age:.1f} bars ago", limit)
    if known is not None and known.missing_bars:
        text = f"{known.missing_bars} candles before it are missing"
        yield Obstacle(f"{text}, so its features warm up again")
    if known is None or not known.closes_before:
        return
    usual = median(known.closes_before)
    away = abs(known.close / usual - 1.0)
    if away > limits.max_price_band:
        limit = LimitMet("max_price_band", away, limits.max_price_band)
        text = f"its price {known.close:g} is {away:.1%} away from {usual:g}"
        yield Obstacle(f"{text}, the median of the closes before", limit)


def _age_bars(wish: _Wish) -> float:
    """How long after the bar's close the venue's clock is, where the decision tells it.

    Where that clock runs faster than ours, as much of our time is allowed.
    """
    due, release = wish.due, wish.state.release
    if due.venue_us is None or release is None:
        return 0.0
    return (due.venue_us - due.at_us) / (release.content.timeframe_us * wish.state.pace)


def _of_orders(wish: _Wish) -> Iterator[Obstacle]:
    """The orders of a minute, and those that would be open with this entry and its stop."""
    limits, since_us = wish.limits, wish.due.at_us - MINUTE_US
    recent = sum([at_us > since_us for at_us in wish.state.book.order_times_us])
    if recent >= limits.max_orders_per_minute:
        limit = LimitMet("max_orders_per_minute", recent, limits.max_orders_per_minute)
        yield Obstacle("max_orders_per_minute is reached", limit)
    open_ = wish.work.open_orders + 2
    if open_ > limits.max_open_orders:
        limit = LimitMet("max_open_orders", open_, limits.max_open_orders)
        yield Obstacle(f"with it and its stop {open_} orders would be open", limit)
