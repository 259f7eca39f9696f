"""How each event changes the state. Restart is this fold, and nothing else."""

from collections.abc import Callable
from decimal import Decimal
from math import nan
from typing import Any

import msgspec
from msgspec.structs import replace

from nija_domain.capital.account import fold_capital, with_preset
from nija_domain.capital.limits import HardLimits
from nija_domain.events import records as ev
from nija_domain.features.stream import initial_states, step_features
from nija_domain.market.candles import Bar
from nija_domain.market.instruments import Instrument
from nija_domain.market.money import ZERO
from nija_domain.market.quality.steps import is_step
from nija_domain.market.timeframes import HOUR_US, utc_day
from nija_domain.regimes.filter import initial_filter, step_filter
from nija_domain.regimes.hierarchy import initial_micro, step_micro
from nija_domain.releases.content import ReleaseContent, SymbolCut, decode_content
from nija_domain.trading.booking import attached_stop, book_fill
from nija_domain.trading.market_rows import (
    state_at_market_cut,
    with_market_row,
    with_pending_bar,
)
from nija_domain.trading.order_ids import entry_id_of
from nija_domain.trading.state import (
    ActiveRelease,
    Order,
    State,
    SymbolState,
    with_order,
    with_status,
)
from nija_domain.trading.strategy_presets import with_arms, with_chosen, with_reward


def fold(state: State, event: ev.JournalEvent) -> State:
    """The state after an event; a record that carries no state changes nothing."""
    change = _CHANGES.get(type(event))
    after = change(state, event) if change else state
    capital = fold_capital(after.capital, event)
    return after if capital is after.capital else replace(after, capital=capital)


def _session_started(state: State, event: ev.SessionStarted) -> State:
    return replace(state, restrictions=replace(state.restrictions, rules=event.rules))


def _limits_read(state: State, event: ev.LimitsRead) -> State:
    return replace(state, limits=msgspec.json.decode(event.content, type=HardLimits))


def _funds_moved(state: State, event: ev.FundsMoved) -> State:
    """A deposit or withdrawal scales the marks with it, so that it is no gain and no loss."""
    account, amount = state.account, event.amount
    equity = account.equity + amount
    moved = replace(
        account,
        cash=account.cash + amount,
        deposits=account.deposits + amount,
        equity=equity,
        peak_equity=_moved_mark(account.peak_equity, account.equity, equity),
        day_start_equity=_moved_mark(account.day_start_equity, account.equity, equity),
    )
    return replace(state, account=moved)


def _moved_mark(mark: Decimal, before: Decimal, after: Decimal) -> Decimal:
    if before <= 0 or after <= 0 or mark == before:
        return after
    return mark * (after / before)


def _instrument_listed(state: State, event: ev.InstrumentListed) -> State:
    fields = {name: getattr(event, name) for name in Instrument.__struct_fields__}
    return replace(state, instruments={**state.instruments, event.symbol: Instrument(**fields)})


def _release_activated(state: State, event: ev.ReleaseActivated) -> State:
    """Each symbol starts from its cut; one without a cut keeps its features, not its regime."""
    content = decode_content(event.content)
    symbols = {}
    for symbol, known in state.symbols.items():
        symbols[symbol] = _carried_over(known, state.release, content)
    for cut in content.cuts:
        symbols[cut.symbol] = _state_at_cut(cut, state.symbols.get(cut.symbol))
    release = ActiveRelease(event.release_id, event.fingerprint, content)
    capital = with_preset(state.capital, content.sizing.preset)
    after = replace(
        state,
        release=release,
        symbols=symbols,
        restrictions=state.restrictions.trained_until(
            {cut.symbol: cut.ts_us for cut in content.cuts}
        ),
        market=state_at_market_cut(content.market),
        signals=(),
        capital=capital,
    )
    return with_arms(after, content)


def _carried_over(
    known: SymbolState, before: ActiveRelease | None, content: ReleaseContent
) -> SymbolState:
    """Features that both releases have continue; others warm up again."""
    carried = replace(
        known,
        filtered=initial_filter(content.regimes),
        micro=initial_micro(content.hierarchy) if content.hierarchy else {},
        regime="",
    )
    if before is not None and before.content.feature_names == content.feature_names:
        return carried
    names = content.feature_names
    return replace(carried, features=initial_states(names), values=(nan,) * len(names))


def _state_at_cut(cut: SymbolCut, known: SymbolState | None) -> SymbolState:
    marked_us, mark_price = cut.ts_us, cut.close
    if known and known.marked_us > cut.ts_us:
        marked_us, mark_price = known.marked_us, known.mark_price
    return SymbolState(
        ts_us=cut.ts_us,
        close=cut.close,
        features=cut.features,
        values=cut.values,
        filtered=cut.filtered,
        micro=cut.micro,
        marked_us=marked_us,
        mark_price=mark_price,
    )


def _directive_received(state: State, event: ev.DirectiveReceived) -> State:
    return replace(state, restrictions=state.restrictions.with_directive(event))


def _directive_rejected(state: State, event: ev.DirectiveRejected) -> State:
    passed_over = replace(state.restrictions, directive_number=event.number)
    return replace(state, restrictions=passed_over)


def _candle_closed(state: State, event: ev.CandleClosed) -> State:
    """The row of the bar before is made first, because this candle overwrites its inputs."""
    known, release = state.symbols.get(event.symbol), state.release
    if known is None or release is None or event.ts_us <= known.ts_us:
        return state
    if event.symbol in state.restrictions.stepped:
        return state
    if _steps(known, release, event):
        stepped = state.restrictions.with_step(event.symbol, event.ts_us)
        return replace(state, restrictions=stepped)
    state = with_market_row(state, through_us=event.ts_us - 1)
    content = release.content
    bar = Bar(event.open, event.high, event.low, event.close, event.volume)
    features, values = step_features(known.features, bar, content.feature_names)
    row = release.regime_row(values)
    is_newest = event.ts_us > known.marked_us
    after = SymbolState(
        ts_us=event.ts_us,
        close=event.close,
        features=features,
        values=values,
        filtered=step_filter(content.regimes, known.filtered, row),
        micro=step_micro(content.hierarchy, known.micro, row) if content.hierarchy else {},
        marked_us=event.ts_us if is_newest else known.marked_us,
        mark_price=event.close if is_newest else known.mark_price,
        regime=known.regime,
    )
    closed = replace(state, symbols={**state.symbols, event.symbol: after})
    return with_pending_bar(closed, event.symbol, ts_us=event.ts_us)


def _steps(known: SymbolState, release: ActiveRelease, event: ev.CandleClosed) -> bool:
    """A price in another unit is no return, worth or feature; no later bar is waited for."""
    confirmed_us = release.content.confirmed_steps.get(event.symbol, ())
    return is_step(known.close, event.close) and event.ts_us not in confirmed_us


def _regime_changed(state: State, event: ev.RegimeChanged) -> State:
    known = replace(state.symbols[event.symbol], regime=event.regime)
    return replace(state, symbols={**state.symbols, event.symbol: known})


def _signal_given(state: State, event: ev.SignalGiven) -> State:
    return replace(state, signals=(*state.signals, event))


def _decision_due(state: State, event: ev.DecisionDue) -> State:
    return replace(state, decided_us=event.ts_us)


def _bar_closed(state: State, event: ev.BarClosed) -> State:
    return with_market_row(replace(state, signals=()), through_us=event.ts_us)


def _equity_marked(state: State, event: ev.EquityMarked) -> State:
    account, day = state.account, utc_day(event.at_us)
    marked = replace(
        account,
        equity=event.equity,
        peak_equity=max(account.peak_equity, event.equity),
        day=day,
        day_start_equity=account.day_start_equity if day == account.day else event.equity,
    )
    return replace(state, account=marked)


def _halt_tripped(state: State, event: ev.HaltTripped) -> State:
    return replace(state, restrictions=state.restrictions.with_halt(event.limit))


def _halt_lifted(state: State, event: ev.HaltLifted) -> State:
    return replace(state, restrictions=state.restrictions.without_halt(event.limit))


def _order_intended(state: State, event: ev.OrderIntended) -> State:
    order = Order(
        order_id=event.order_id,
        symbol=event.symbol,
        side=event.side,
        role=event.role,
        quantity=event.quantity,
        status="intended",
        intended_us=event.at_us,
        release_id=event.release_id,
        intent=event,
    )
    times = state.entry_times_us
    if event.role == "entry":
        times = (*(t for t in times if t > event.at_us - HOUR_US), event.at_us)
    intended = replace(state, intent_count=state.intent_count + 1, entry_times_us=times)
    return with_order(intended, order)


def _cancel_intended(state: State, event: ev.CancelIntended) -> State:
    """A cancel for an exit marks the position, so that the sale follows."""
    order = state.orders[event.order_id]
    position = state.positions.get(order.symbol)
    if position and position.exit_reason is None:
        position = replace(position, exit_reason=event.reason)
        state = replace(state, positions={**state.positions, order.symbol: position})
    return with_order(state, replace(order, is_cancel_intended=True))


def _order_accepted(state: State, event: ev.OrderAccepted) -> State:
    """An order that was given up as lost is live again, and a stop's successor is added."""
    entry = state.orders.get(entry_id_of(event.order_id))
    order = state.orders.get(event.order_id)
    if order is None and entry is not None:
        order = attached_stop(entry, event.order_id, quantity=ZERO, at_us=event.at_us)
    if order is None or order.venue_id not in {None, event.venue_id}:
        return state
    if order.status == "closed" and order.venue_id is not None:
        return state
    return with_order(state, replace(order, status="accepted", venue_id=event.venue_id))


def _order_refused(state: State, event: ev.OrderRefused) -> State:
    return with_status(state, event.order_id, "refused")


def _order_unknown(state: State, event: ev.OrderUnknown) -> State:
    order = state.orders.get(event.order_id)
    if order is None or not order.is_live:
        return state
    return with_order(state, replace(order, status="unknown", doubted_us=event.at_us))


def _order_closed(state: State, event: ev.OrderClosed) -> State:
    return with_status(state, event.order_id, "closed")


def _trade_closed(state: State, event: ev.TradeClosed) -> State:
    positions = {s: p for s, p in state.positions.items() if s != event.symbol}
    return replace(state, positions=positions)


_CHANGES: dict[type, Callable[[State, Any], State]] = {
    ev.SessionStarted: _session_started,
    ev.LimitsRead: _limits_read,
    ev.FundsMoved: _funds_moved,
    ev.InstrumentListed: _instrument_listed,
    ev.ReleaseActivated: _release_activated,
    ev.DirectiveReceived: _directive_received,
    ev.DirectiveRejected: _directive_rejected,
    ev.CandleClosed: _candle_closed,
    ev.RegimeChanged: _regime_changed,
    ev.SignalGiven: _signal_given,
    ev.BarClosed: _bar_closed,
    ev.DecisionDue: _decision_due,
    ev.EquityMarked: _equity_marked,
    ev.HaltTripped: _halt_tripped,
    ev.HaltLifted: _halt_lifted,
    ev.OrderIntended: _order_intended,
    ev.CancelIntended: _cancel_intended,
    ev.OrderAccepted: _order_accepted,
    ev.OrderRefused: _order_refused,
    ev.OrderUnknown: _order_unknown,
    ev.OrderClosed: _order_closed,
    ev.OrderFilled: book_fill,
    ev.TradeClosed: _trade_closed,
    ev.PresetChosen: with_chosen,
    ev.PresetRewarded: with_reward,
}
