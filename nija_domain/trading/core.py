"""The decision core: one step function for back-test, paper and live.

A program feeds it what it observes and carries out what it commands. Derived events are journaled
and stepped over like observed ones, so an order is sent only after its intent is stored.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import reduce
from typing import Any

import msgspec

from nija_domain.capital.changes import (
    changes_after_approval,
    changes_after_mark,
    changes_after_trade,
)
from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.events.session_records import AGENTS_IN_CORE, BARS_DIGESTED
from nija_domain.market.money import ZERO
from nija_domain.market.timeframes import utc_day
from nija_domain.safety.approvals import approval_of
from nija_domain.safety.halts import (
    EquityMarks,
    halts_ended_by_release,
    halts_lifted_by_person,
    lifted_halts,
    tripped_halts,
)
from nija_domain.trading.book import Position
from nija_domain.trading.commands import Action, Command, Record, SendCancel, SendOrder
from nija_domain.trading.decide import decide
from nija_domain.trading.digests import digest_bar
from nija_domain.trading.due import after_time
from nija_domain.trading.exits import leave, time_to_leave
from nija_domain.trading.fold import fold, marked_purse
from nija_domain.trading.killing import close_everything
from nija_domain.trading.market_rows import likeliest_of
from nija_domain.trading.order_machine import (
    End,
    after_end,
    after_fill,
    after_hand_sale,
    after_not_found,
    after_seen,
    after_trade,
    after_write_off,
)
from nija_domain.trading.reconciling import after_balances
from nija_domain.trading.reports import PlacedOrder
from nija_domain.trading.rounding import price_to_decimal
from nija_domain.trading.rules_before import (
    after_end_by_bars,
    after_fill_by_bars,
    guard_by_bars,
)
from nija_domain.trading.shadow import stop_shadow
from nija_domain.trading.state import State
from nija_domain.trading.strategy_presets import draw_presets, reward_preset


class Advance(msgspec.Struct, frozen=True):
    """The result of one observed event: records to write first, actions to do afterwards."""

    state: State
    records: tuple[ev.JournalEvent, ...]
    actions: tuple[Action, ...]


def step(state: State, event: ev.JournalEvent) -> tuple[State, tuple[Command, ...]]:
    """The state after the event, and what follows from it."""
    after = fold(state, event)
    react = _REACTIONS.get(type(event))
    return after, react(state, after, event) if react else ()


def advance(state: State, event: ev.JournalEvent) -> Advance:
    """Step over an observed event and over everything that is derived from it, in order."""
    records: list[ev.JournalEvent] = [event]
    actions: list[Action] = []
    for current in records:  # it grows meanwhile
        state, commands = step(state, current)
        for command in commands:
            if isinstance(command, Record):
                records.append(command.event)
            else:
                actions.append(command)
    return Advance(state, tuple(records), tuple(actions))


def _records(events: tuple[ev.JournalEvent, ...]) -> tuple[Command, ...]:
    return tuple(map(Record, events))


def _placed(intent: ev.OrderIntended) -> PlacedOrder:
    is_stop = intent.role == "stop"
    return PlacedOrder(
        client_id=intent.order_id,
        symbol=intent.symbol,
        side=intent.side,
        quantity=intent.quantity,
        stop_price=None if is_stop else intent.stop_price,
        trigger_price=intent.stop_price if is_stop else None,
    )


def _regime_changes(
    after: State, event: ev.CandleClosed | ev.BarClosed, symbols: Iterable[str]
) -> tuple[ev.JournalEvent, ...]:
    """The symbols of this bar whose likeliest regime has changed."""
    changes = []
    for symbol in symbols:
        known = after.market.symbols.get(symbol)
        if known is None or after.release is None or known.ts_us != event.ts_us:
            continue
        regime, probability = likeliest_of(after.market, symbol)
        if regime != known.regime:
            changes.append(
                ev.RegimeChanged(
                    at_us=event.at_us, symbol=symbol, regime=regime, probability=probability
                )
            )
    return tuple(changes)


def equity_of(state: State) -> Decimal:
    """Cash plus every position at the newest close."""
    held = (_held_value(state, position) for position in state.book.positions.values())
    return state.book.purse.cash + sum(held, start=ZERO)


def _held_value(state: State, position: Position) -> Decimal:
    tick_size = state.instruments[position.symbol].tick_size
    price = state.market.symbols[position.symbol].mark_price
    return position.quantity * price_to_decimal(price, tick_size=tick_size, toward="nearest")


def _bar_changes(after: State, event: ev.BarClosed) -> tuple[ev.JournalEvent, ...]:
    """With a model of the market, regimes are known once all symbols of the bar are."""
    market, at_us = after.market, event.at_us
    told = (
        *((digest_bar(market, event),) if after.rules >= BARS_DIGESTED else ()),
        *_regime_changes(after, event, sorted(market.symbols) if market.whole else ()),
        *_marks(after, event),
    )
    if after.rules < AGENTS_IN_CORE:
        draws = draw_presets(after, ts_us=event.ts_us, at_us=at_us)
        return (*told, *guard_by_bars(after, at_us=at_us), *draws)
    return (*told, *_timely_exits(after, at_us=at_us), *after.book.wishes)


def _timely_exits(after: State, *, at_us: int) -> tuple[ev.JournalEvent, ...]:
    """What ends at the close of a bar without a signal: targets, ages, agents that are gone."""
    state, made = after, list[ev.JournalEvent]()
    for position in after.book.positions.values():
        reason = time_to_leave(after, position, at_us=at_us)
        if reason and position.exit_reason is None:
            events = leave(state, position, reason=reason, at_us=at_us)
            state, made = reduce(fold, events, state), [*made, *events]
    return tuple(made)


def _after_release(
    before: State, after: State, event: ev.ReleaseActivated
) -> tuple[ev.JournalEvent, ...]:
    """Presets are drawn at once, so that the first trade of a release is made under one too."""
    if after.rules < AGENTS_IN_CORE:
        return ()
    is_other = before.release is not None and before.release.release_id != event.release_id
    halts = after.restrictions.halts if is_other else frozenset[str]()
    ended = halts_ended_by_release(halts, at_us=event.at_us)
    return (*ended, *draw_presets(after, ts_us=None, at_us=event.at_us))


def _marks(after: State, event: ev.BarClosed) -> tuple[ev.JournalEvent, ...]:
    """The equity at the close of a bar, and the halts that start or end with it."""
    limits = after.limits_in_force
    if limits is None:
        return ()
    known, at_us, purse = after.restrictions.halts, event.at_us, after.book.purse
    marked = ev.EquityMarked(at_us=at_us, equity=equity_of(after), cash=purse.cash)
    lifted = lifted_halts(known, is_new_day=utc_day(at_us) != purse.day, at_us=at_us)
    purse = marked_purse(after, marked)
    marks = EquityMarks(
        equity=purse.equity, peak=purse.peak_equity, day_start=purse.day_start_equity
    )
    spent = after.restrictions.halts_spent(utc_day(at_us))
    return (marked, *lifted, *tripped_halts(limits, marks, known=spent, at_us=at_us))


def _capital_changes(
    before: State, after: State, event: ev.EquityMarked
) -> tuple[ev.JournalEvent, ...]:
    return changes_after_mark(
        before.book.capital, after.book.capital, after.protection_rules, at_us=event.at_us
    )


def _after_trade(after: State, event: ev.TradeClosed) -> tuple[ev.JournalEvent, ...]:
    reached = changes_after_trade(after.book.capital, at_us=event.at_us)
    orphans = after_trade(after, event) if after.rules >= AGENTS_IN_CORE else ()
    return (*reward_preset(after, event), *reached, *orphans)


def _after_approval(after: State, event: cap.ApprovalDecided) -> tuple[ev.JournalEvent, ...]:
    if event.what == "limits":
        return ()
    if event.what == "lift":
        equity = after.book.purse.equity
        return halts_lifted_by_person(after.restrictions.halts, event, equity=equity)
    return changes_after_approval(after.book.capital, event, after.protection_rules)


def _after_candle(
    before: State, after: State, event: ev.CandleClosed
) -> tuple[ev.JournalEvent, ...]:
    """A candle that halts its symbol, or comes after the halt, changes nothing else."""
    if event.symbol in after.restrictions.stepped:
        if event.symbol in before.restrictions.stepped:
            return ()
        halted = ev.SymbolHalted(
            at_us=event.at_us,
            symbol=event.symbol,
            ts_us=event.ts_us,
            before=after.market.symbols[event.symbol].close,
            price=event.close,
        )
        return (halted,)
    symbols = () if after.market.whole else (event.symbol,)
    return (*_regime_changes(after, event, symbols), *stop_shadow(after, event))


def _after_end(after: State, event: End) -> tuple[ev.JournalEvent, ...]:
    if after.rules < AGENTS_IN_CORE and not isinstance(event, ev.OrderEnded):
        return after_end_by_bars(after, event)
    return after_end(after, event)


def _after_fill(before: State, after: State, event: ev.OrderFilled) -> tuple[ev.JournalEvent, ...]:
    if after.rules < AGENTS_IN_CORE:
        return after_fill_by_bars(before, after, event)
    return after_fill(before, after, event)


def _after_seen(before: State, after: State, event: ev.OrderSeen) -> tuple[Command, ...]:
    """A cancel that waited for the venue's id goes out with it."""
    known = before.book.orders.get(event.order_id)
    is_new = known is None or known.venue_id is None
    return (
        *_records(after_seen(after, event)),
        *(_late_cancels(after, event) if is_new else ()),
    )


def _late_cancels(after: State, event: ev.OrderAccepted | ev.OrderSeen) -> tuple[Command, ...]:
    """A cancel that waited for the venue's id is sent once the id is known."""
    order = after.book.orders.get(event.order_id)
    if order is None or not order.is_live or not order.is_cancel_intended:
        return ()
    return (SendCancel(order.order_id),)


_REACTIONS: dict[type, Callable[[State, State, Any], tuple[Command, ...]]] = {
    ev.ReleaseActivated: lambda before, after, event: _records(
        _after_release(before, after, event)
    ),
    ev.DirectiveReceived: lambda _, __, event: _records(approval_of(event)),
    ev.KillOrdered: lambda _, after, event: _records(close_everything(after, at_us=event.at_us)),
    ev.CandleClosed: lambda before, after, event: _records(_after_candle(before, after, event)),
    ev.BarClosed: lambda _, after, event: _records(_bar_changes(after, event)),
    ev.DecisionDue: lambda _, after, event: _records(decide(after, event)),
    ev.TimePassed: after_time,
    ev.OrderIntended: lambda _, __, event: (SendOrder(_placed(event)),),
    ev.CancelIntended: lambda _, __, event: (SendCancel(event.order_id),),
    ev.OrderAccepted: lambda _, after, event: _late_cancels(after, event),
    ev.OrderSeen: _after_seen,
    ev.OrderNotFound: lambda _, after, event: _records(after_not_found(after, event)),
    ev.OrderFilled: lambda before, after, event: _records(_after_fill(before, after, event)),
    ev.OrderEnded: lambda _, after, event: _records(_after_end(after, event)),
    ev.OrderRefused: lambda _, after, event: _records(_after_end(after, event)),
    ev.OrderClosed: lambda _, after, event: _records(_after_end(after, event)),
    ev.BalancesSeen: lambda before, after, event: _records(after_balances(before, after, event)),
    ev.SoldByHand: lambda _, after, event: _records(after_hand_sale(after, event)),
    ev.DustWrittenOff: lambda _, after, event: _records(after_write_off(after, event)),
    ev.TradeClosed: lambda _, after, event: _records(_after_trade(after, event)),
    ev.EquityMarked: lambda before, after, event: _records(_capital_changes(before, after, event)),
    cap.ApprovalDecided: lambda _, after, event: _records(_after_approval(after, event)),
}
