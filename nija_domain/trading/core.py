"""The decision core: one step function for back-test, paper and live.

A program feeds it what it observes and carries out what it commands. Derived events are journaled
and stepped over like observed ones, so an order is sent only after its intent is stored.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from nija_domain.capital.changes import (
    changes_after_approval,
    changes_after_mark,
    changes_after_trade,
)
from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.market.money import ZERO, mean_price
from nija_domain.market.timeframes import utc_day
from nija_domain.safety.approvals import approval_of
from nija_domain.safety.halts import EquityMarks, lifted_halts, tripped_halts
from nija_domain.trading.commands import Action, Command, Record, SendCancel, SendOrder
from nija_domain.trading.decide import decide
from nija_domain.trading.exits import guard_positions, pursue_exit
from nija_domain.trading.fold import fold
from nija_domain.trading.market_rows import regime_probs_of
from nija_domain.trading.reports import PlacedOrder
from nija_domain.trading.rounding import price_to_decimal
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
    waiting: list[ev.JournalEvent] = [event]
    records: list[ev.JournalEvent] = []
    actions: list[Action] = []
    while waiting:
        current = waiting.pop(0)
        records.append(current)
        state, commands = step(state, current)
        for command in commands:
            if isinstance(command, Record):
                waiting.append(command.event)
            else:
                actions.append(command)
    return Advance(state, tuple(records), tuple(actions))


def _records(events: tuple[ev.JournalEvent, ...]) -> tuple[Command, ...]:
    return tuple(Record(event) for event in events)


def _placed(intent: ev.OrderIntended) -> PlacedOrder:
    return PlacedOrder(
        client_id=intent.order_id,
        symbol=intent.symbol,
        side=intent.side,
        quantity=intent.quantity,
        stop_price=intent.stop_price,
    )


def _regime_changes(
    after: State, event: ev.CandleClosed | ev.BarClosed, symbols: Iterable[str]
) -> tuple[ev.JournalEvent, ...]:
    """The symbols of this bar whose likeliest regime has changed."""
    changes = []
    for symbol in symbols:
        known = after.symbols.get(symbol)
        if known is None or after.release is None or known.ts_us != event.ts_us:
            continue
        probs = regime_probs_of(after, symbol)
        regime = max(probs, key=lambda name: probs[name])
        if regime != known.regime:
            changes.append(
                ev.RegimeChanged(
                    at_us=event.at_us, symbol=symbol, regime=regime, probability=probs[regime]
                )
            )
    return tuple(changes)


def equity_of(state: State) -> Decimal:
    """Cash plus every position at the newest close."""
    return state.account.cash + sum(map(partial(_held_value, state), state.positions), start=ZERO)


def _held_value(state: State, symbol: str) -> Decimal:
    tick_size = state.instruments[symbol].tick_size
    price = state.symbols[symbol].mark_price
    mark = price_to_decimal(price, tick_size=tick_size, toward="nearest")
    return state.positions[symbol].quantity * mark


def _bar_changes(after: State, event: ev.BarClosed) -> tuple[ev.JournalEvent, ...]:
    """With a model of the market, regimes are known once all symbols of the bar are."""
    return (
        *_regime_changes(after, event, sorted(after.symbols) if after.market else ()),
        *_marks(after, event),
        *guard_positions(after, at_us=event.at_us),
        *draw_presets(after, event),
    )


def _marks(after: State, event: ev.BarClosed) -> tuple[ev.JournalEvent, ...]:
    """The equity at the close of a bar, and the halts that start or end with it."""
    limits = after.limits_in_force
    if limits is None:
        return ()
    known, at_us = after.restrictions.halts, event.at_us
    marked = ev.EquityMarked(at_us=at_us, equity=equity_of(after), cash=after.account.cash)
    lifted = lifted_halts(known, is_new_day=utc_day(at_us) != after.account.day, at_us=at_us)
    account = fold(after, marked).account
    marks = EquityMarks(
        equity=account.equity, peak=account.peak_equity, day_start=account.day_start_equity
    )
    return (marked, *lifted, *tripped_halts(limits, marks, known=known, at_us=at_us))


def _position_changes(
    before: State, after: State, event: ev.OrderFilled
) -> tuple[ev.JournalEvent, ...]:
    position = after.positions.get(event.symbol)
    if position is None or after is before:
        return ()
    if event.symbol not in before.positions:
        opened = ev.PositionOpened(
            at_us=event.at_us,
            symbol=event.symbol,
            quantity=position.quantity,
            price=event.price,
            stop_price=position.stop_price,
            release_id=position.release_id,
        )
        return (opened,)
    return (*_entry_cancels(after, event), *_closings(after, event.symbol, event.at_us))


def _entry_cancels(after: State, event: ev.OrderFilled) -> tuple[ev.JournalEvent, ...]:
    """If a stop sells while its entry still buys, the entry is cancelled at once."""
    if after.orders[event.order_id].role != "stop":
        return ()
    return tuple(
        ev.CancelIntended(at_us=event.at_us, order_id=order.order_id, reason="its stop has filled")
        for order in after.live_orders(event.symbol)
        if order.role == "entry" and not order.is_cancel_intended
    )


def _closings(state: State, symbol: str, at_us: int) -> tuple[ev.JournalEvent, ...]:
    """The record of the round trip, once nothing is held and no entry can still fill."""
    position = state.positions[symbol]
    is_entry_live = any(order.role == "entry" for order in state.live_orders(symbol))
    if position.quantity > 0 or is_entry_live:
        return ()
    return (
        ev.TradeClosed(
            at_us=at_us,
            symbol=symbol,
            opened_us=position.opened_us,
            quantity=position.entered_quantity,
            entry_price=mean_price(position.cost, quantity=position.entered_quantity),
            exit_price=mean_price(position.proceeds, quantity=position.entered_quantity),
            gross=position.proceeds - position.cost,
            fees=position.fees,
            regime=position.regime,
            config_id=position.config_id,
            release_id=position.release_id,
        ),
    )


def _after_end(
    after: State, event: ev.OrderClosed | ev.OrderRefused
) -> tuple[ev.JournalEvent, ...]:
    """The end of an order can allow a sale, or end the round trip."""
    order = after.orders.get(event.order_id)
    position = after.positions.get(order.symbol) if order else None
    if order is None or position is None:
        return ()
    if position.quantity <= 0:
        return _closings(after, order.symbol, event.at_us)
    if position.exit_reason is None or order.role == "exit":
        return ()
    return pursue_exit(after, order.symbol, reason=position.exit_reason, at_us=event.at_us)


def _capital_changes(
    before: State, after: State, event: ev.EquityMarked
) -> tuple[ev.JournalEvent, ...]:
    return changes_after_mark(
        before.capital, after.capital, after.protection_rules, at_us=event.at_us
    )


def _after_trade(after: State, event: ev.TradeClosed) -> tuple[ev.JournalEvent, ...]:
    reached = changes_after_trade(after.capital, at_us=event.at_us)
    return (*reward_preset(after, event), *reached)


def _after_approval(after: State, event: cap.ApprovalDecided) -> tuple[ev.JournalEvent, ...]:
    return changes_after_approval(after.capital, event, after.protection_rules)


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
            before=after.symbols[event.symbol].close,
            price=event.close,
        )
        return (halted,)
    symbols = () if after.market else (event.symbol,)
    return (*_regime_changes(after, event, symbols), *stop_shadow(after, event))


def _late_cancels(after: State, event: ev.OrderAccepted) -> tuple[Command, ...]:
    """A cancel that waited for the venue's id is sent once the id is known."""
    order = after.orders.get(event.order_id)
    if order is None or not order.is_live or not order.is_cancel_intended:
        return ()
    return (SendCancel(order.order_id),)


_REACTIONS: dict[type, Callable[[State, State, Any], tuple[Command, ...]]] = {
    ev.OrderIntended: lambda _before, _after, event: (SendOrder(_placed(event)),),
    ev.CancelIntended: lambda _before, _after, event: (SendCancel(event.order_id),),
    ev.DecisionDue: lambda _before, after, event: _records(decide(after, event)),
    ev.CandleClosed: lambda before, after, event: _records(_after_candle(before, after, event)),
    ev.BarClosed: lambda _before, after, event: _records(_bar_changes(after, event)),
    ev.OrderAccepted: lambda _before, after, event: _late_cancels(after, event),
    ev.OrderFilled: lambda before, after, event: _records(_position_changes(before, after, event)),
    ev.TradeClosed: lambda _before, after, event: _records(_after_trade(after, event)),
    ev.EquityMarked: lambda before, after, event: _records(_capital_changes(before, after, event)),
    ev.DirectiveReceived: lambda _before, _after, event: _records(approval_of(event)),
    cap.ApprovalDecided: lambda _before, after, event: _records(_after_approval(after, event)),
    ev.OrderClosed: lambda _before, after, event: _records(_after_end(after, event)),
    ev.OrderRefused: lambda _before, after, event: _records(_after_end(after, event)),
}
