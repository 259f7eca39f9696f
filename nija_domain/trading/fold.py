"""How each event changes the state. Restart is this fold, and nothing else."""

from collections.abc import Callable
from decimal import Decimal
from functools import reduce
from math import ceil
from typing import Any

from msgspec.structs import replace

from nija_domain.capital.account import fold_capital
from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.events.session_records import AGENTS_IN_CORE, SWIFT_COVER, EventQuarantined
from nija_domain.market.instruments import Instrument
from nija_domain.market.timeframes import utc_day
from nija_domain.trading import order_changes as orders
from nija_domain.trading.account_changes import (
    move_coins,
    note_asked,
    note_balances,
    note_explained,
    note_told,
    note_unexplained,
    sell_by_hand,
)
from nija_domain.trading.activation import activate
from nija_domain.trading.book import Purse
from nija_domain.trading.booking import book_fill
from nija_domain.trading.candles import take_candle
from nija_domain.trading.cover import make_due, watch_cover
from nija_domain.trading.limits_read import approve_limits, read_limits
from nija_domain.trading.market_rows import with_market_row
from nija_domain.trading.signals import with_wishes
from nija_domain.trading.state import State
from nija_domain.trading.strategy_presets import with_chosen, with_reward


def fold(state: State, event: ev.JournalEvent) -> State:
    """The state after an event; a record that carries no state changes nothing."""
    change = _CHANGES.get(type(event))
    after = change(state, event) if change else state
    if type(event) in _OF_ORDERS and state.rules >= AGENTS_IN_CORE:
        after = after if after is state else note_asked(_moved(after), event)
        after = _with_cover(after, event)
    capital = fold_capital(after.book.capital, event)
    if capital is after.book.capital:
        return after
    return replace(after, book=replace(after.book, capital=capital))


_OF_ORDERS = frozenset(
    (
        ev.OrderIntended,
        ev.OrderAccepted,
        ev.OrderRefused,
        ev.OrderUnknown,
        ev.OrderSeen,
        ev.OrderFilled,
        ev.OrderEnded,
    )
)


def _moved(state: State) -> State:
    return replace(state, account=replace(state.account, moves=state.account.moves + 1))


def _with_cover(state: State, event: ev.JournalEvent) -> State:
    """After whatever happens to an order, its position may be covered by stops or not."""
    order = state.book.orders.get(getattr(event, "order_id", None))
    return watch_cover(state, str(order.position_id), at_us=event.at_us) if order else state


def _session_started(state: State, event: ev.SessionStarted) -> State:
    restrictions = replace(state.restrictions, rules=event.rules, fault="")
    pace = max(1, ceil(event.speed)) if event.speed else 1
    started = replace(state, restrictions=restrictions, pace=pace)
    if event.rules < AGENTS_IN_CORE:
        return started
    return reduce(
        lambda known, name: watch_cover(known, name, at_us=event.at_us),
        started.book.positions,
        started,
    )


def _funds_moved(state: State, event: ev.FundsMoved) -> State:
    """A deposit or withdrawal scales the marks with it, so that it is no gain and no loss."""
    purse, amount = state.book.purse, event.amount
    equity = purse.equity + amount
    moved = replace(
        purse,
        cash=purse.cash + amount,
        deposits=purse.deposits + amount,
        equity=equity,
        peak_equity=_moved_mark(purse.peak_equity, purse.equity, equity),
        day_start_equity=_moved_mark(purse.day_start_equity, purse.equity, equity),
    )
    return replace(state, book=replace(state.book, purse=moved))


def _moved_mark(mark: Decimal, before: Decimal, after: Decimal) -> Decimal:
    if before <= 0 or after <= 0 or mark == before:
        return after
    return mark * (after / before)


def _instrument_listed(state: State, event: ev.InstrumentListed) -> State:
    listed = Instrument(**{name: getattr(event, name) for name in Instrument.__struct_fields__})
    known = state.instruments.get(event.symbol)
    after = replace(state, instruments={**state.instruments, event.symbol: listed})
    if known in (None, listed) or state.rules < SWIFT_COVER:
        return after
    for position in state.book.held_in(event.symbol):
        after = make_due(after, position, at_us=event.at_us)
    return after


def _directive_received(state: State, event: ev.DirectiveReceived) -> State:
    return replace(state, restrictions=state.restrictions.with_directive(event))


def _directive_rejected(state: State, event: ev.DirectiveRejected) -> State:
    passed_over = replace(state.restrictions, directive_number=event.number)
    return replace(state, restrictions=passed_over)


def _regime_changed(state: State, event: ev.RegimeChanged) -> State:
    known = replace(state.market.symbols[event.symbol], regime=event.regime)
    symbols = {**state.market.symbols, event.symbol: known}
    return replace(state, market=replace(state.market, symbols=symbols))


def _signal(state: State, event: ev.SignalGiven | ev.SignalAnswered) -> State:
    return replace(state, book=replace(state.book, signals=(*state.book.signals, event)))


def _decision_due(state: State, event: ev.DecisionDue) -> State:
    return replace(state, book=replace(state.book, decided_us=event.ts_us))


def _bar_closed(state: State, event: ev.BarClosed) -> State:
    closed = replace(
        state,
        market=with_market_row(state.market, through_us=event.ts_us),
        book=replace(state.book, signals=(), wishes=()),
    )
    if state.rules < AGENTS_IN_CORE:
        return closed
    return with_wishes(closed, ts_us=event.ts_us, close_us=event.at_us)


def _equity_marked(state: State, event: ev.EquityMarked) -> State:
    return replace(state, book=replace(state.book, purse=marked_purse(state, event)))


def marked_purse(state: State, event: ev.EquityMarked) -> Purse:
    """The marks that losses are measured from, after this one."""
    purse, day = state.book.purse, utc_day(event.at_us)
    day_start = purse.day_start_equity if day == purse.day else _before_day(state, event)
    return purse.with_mark(event.equity, day=day, day_start=day_start)


def _before_day(state: State, event: ev.EquityMarked) -> Decimal:
    """The last equity known before midnight, so that a loss of the night is one of the new day."""
    known = state.book.purse.equity
    return known if state.rules >= AGENTS_IN_CORE and known > 0 else event.equity


def _kill_ordered(state: State, event: ev.KillOrdered) -> State:
    return replace(state, restrictions=replace(state.restrictions, killed=event.reason))


def _kill_lifted(state: State, _: ev.KillLifted) -> State:
    return replace(state, restrictions=replace(state.restrictions, killed=""))


def _quarantined(state: State, event: EventQuarantined) -> State:
    return replace(state, restrictions=state.restrictions.with_fault(event))


def _halt_tripped(state: State, event: ev.HaltTripped) -> State:
    return replace(state, restrictions=state.restrictions.with_halt(event))


def _halt_lifted(state: State, event: ev.HaltLifted) -> State:
    lifted = replace(state, restrictions=state.restrictions.without_halt(event.limit))
    if event.peak_equity is None:
        return lifted
    purse = replace(state.book.purse, peak_equity=event.peak_equity)
    return replace(lifted, book=replace(state.book, purse=purse))


_CHANGES: dict[type, Callable[[State, Any], State]] = {
    ev.SessionStarted: _session_started,
    ev.LimitsRead: read_limits,
    cap.ApprovalDecided: approve_limits,
    ev.FundsMoved: _funds_moved,
    ev.FundsFound: _funds_moved,
    ev.BalancesSeen: note_balances,
    ev.CoinsMoved: move_coins,
    ev.SoldByHand: sell_by_hand,
    ev.BalanceUnexplained: note_unexplained,
    ev.BalanceExplained: note_explained,
    ev.ForeignOrderSeen: note_told,
    ev.AnswerUnreadable: note_told,
    ev.InstrumentListed: _instrument_listed,
    ev.ReleaseActivated: activate,
    ev.DirectiveReceived: _directive_received,
    ev.DirectiveRejected: _directive_rejected,
    ev.CandleClosed: take_candle,
    ev.RegimeChanged: _regime_changed,
    ev.SignalAnswered: _signal,
    ev.SignalGiven: _signal,
    ev.BarClosed: _bar_closed,
    ev.DecisionDue: _decision_due,
    ev.EquityMarked: _equity_marked,
    EventQuarantined: _quarantined,
    ev.KillOrdered: _kill_ordered,
    ev.KillLifted: _kill_lifted,
    ev.HaltTripped: _halt_tripped,
    ev.HaltLifted: _halt_lifted,
    ev.OrderIntended: orders.intend_order,
    ev.CancelIntended: orders.intend_cancel,
    ev.OrderAccepted: orders.accept_order,
    ev.OrderRefused: orders.refuse_order,
    ev.OrderUnknown: orders.doubt_order,
    ev.OrderClosed: orders.end_order,
    ev.OrderSeen: orders.see_order,
    ev.OrderFilled: book_fill,
    ev.OrderEnded: orders.end_order,
    ev.TimePassed: orders.pass_time,
    ev.ExitBegun: orders.begin_exit,
    ev.ExitDelayed: orders.delay_exit,
    ev.DustWrittenOff: orders.write_off,
    ev.AssetOversold: orders.note_oversold,
    ev.TradeClosed: orders.close_trade,
    ev.PresetChosen: with_chosen,
    ev.PresetRewarded: with_reward,
}
