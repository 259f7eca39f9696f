"""From the signals of a bar to intents and refusals, in a fixed order, within every limit."""

from decimal import Decimal

from nija_domain.capital.limits import LimitMet
from nija_domain.capital.sizing import Sizing
from nija_domain.errors import NumberInvalid
from nija_domain.events.records import (
    DecisionDue,
    EntryRefused,
    JournalEvent,
    OrderIntended,
    Signal,
)
from nija_domain.events.session_records import AGENTS_IN_CORE
from nija_domain.market.instruments import Instrument
from nija_domain.trading.decision_basis import DecisionBasis, basis_of
from nija_domain.trading.entry_sizes import size_signal
from nija_domain.trading.exits import leave
from nija_domain.trading.fold import fold
from nija_domain.trading.market import ActiveRelease
from nija_domain.trading.obstacles import find_obstacle, slot_of
from nija_domain.trading.order_changes import next_position
from nija_domain.trading.order_ids import order_id_of
from nija_domain.trading.rounding import price_to_decimal, quantity_to_decimal
from nija_domain.trading.rules_before import exit_by_bars
from nija_domain.trading.shadow import enter_shadow, leave_shadow
from nija_domain.trading.state import State

REFUSED_AT_HALT = "protection is HALT: the strategy trades on paper until a person reopens"
"""Of shadow trades: journals hold this sentence, and a replay compares each record's words."""


def decide(state: State, due: DecisionDue) -> tuple[JournalEvent, ...]:
    """Exits before entries, then by symbol; each decision counts those before it as pending."""
    signals = state.book.signals
    if not signals:
        return ()
    records: list[JournalEvent] = []
    basis = basis_of(state, due)
    for signal in sorted(signals, key=lambda s: (s.action != "exit", s.symbol)):
        made = _answer(state, signal, basis)
        for record in made:
            state = fold(state, record)
        basis = basis.after(made, state)
        records += made
    return tuple(records)


def _answer(state: State, signal: Signal, basis: DecisionBasis) -> tuple[JournalEvent, ...]:
    if signal.action != "exit":
        return _enter_or_refuse(state, signal, basis)
    position = state.book.in_slot(slot_of(signal))
    if position is None:
        return leave_shadow(state, signal, at_us=basis.at_us)
    if position.exit_reason is not None:
        return ()
    exit_ = exit_by_bars if state.rules < AGENTS_IN_CORE else leave
    return exit_(state, position, reason=signal.reasoning, at_us=basis.at_us)


def _enter_or_refuse(
    state: State, signal: Signal, basis: DecisionBasis
) -> tuple[JournalEvent, ...]:
    """At HALT, an entry that nothing else forbids becomes a shadow trade."""
    release, limits, due = state.release, state.limits_in_force, basis.due
    if release is None or limits is None:
        return (_refusal(signal, due, "no release is active or no limits are set", ""),)
    found = find_obstacle(state, limits, signal, basis)
    if found:
        return (_refusal(signal, due, found.reason, release.release_id, limit=found.limit),)
    protection = state.book.capital.protection
    is_halted = protection.level == "HALT"
    multiplier = 1.0 if is_halted else limits.protection.multiplier(protection.level)
    sizing = size_signal(
        state,
        release,
        limits,
        signal,
        basis=basis,
        protection_multiplier=multiplier,
    )
    if not is_halted:
        return (_sized_entry(state, release, signal, due, sizing),)
    lost, bound = float(protection.drawdown), limits.protection.halt_drawdown
    limit = LimitMet("halt_drawdown", lost, bound)
    refusal = _refusal(signal, due, REFUSED_AT_HALT, release.release_id, limit=limit)
    return (refusal, *enter_shadow(state, limits, signal, sizing))


def _sized_entry(
    state: State, release: ActiveRelease, signal: Signal, due: DecisionDue, sizing: Sizing
) -> JournalEvent:
    if sizing.refusal:
        return _refusal(signal, due, sizing.refusal, release.release_id, limit=sizing.limit)
    try:
        return _entry(state, release, signal, due, sizing)
    except NumberInvalid as error:
        return _refusal(signal, due, str(error), release.release_id)


def _entry(
    state: State, release: ActiveRelease, signal: Signal, due: DecisionDue, sizing: Sizing
) -> JournalEvent:
    symbol = signal.symbol
    symbol_state, instrument = state.market.symbols[symbol], state.instruments[symbol]
    quantity = quantity_to_decimal(sizing.value / symbol_state.close, lot_size=instrument.lot_size)
    stop_price = price_to_decimal(
        symbol_state.close * (1.0 - signal.stop_fraction),
        tick_size=instrument.tick_size,
        toward="down",
    )
    shortfall = _find_shortfall(
        instrument, quantity=quantity, stop_price=stop_price, close=symbol_state.close
    )
    if shortfall:
        return _refusal(signal, due, shortfall, release.release_id)
    position_id = str(next_position(state.book, slot_of(signal)))
    named = symbol if state.rules < AGENTS_IN_CORE else position_id
    return OrderIntended(
        at_us=due.at_us,
        order_id=order_id_of(state.book.intent_count, of=named, role="entry", at_us=due.at_us),
        position_id=position_id,
        symbol=symbol,
        side="buy",
        role="entry",
        quantity=quantity,
        stop_price=stop_price,
        decision_price=symbol_state.close,
        regime=symbol_state.regime,
        config_id=signal.config_id,
        release_id=release.release_id,
        reason=signal.reasoning,
        waterfall=sizing.waterfall,
        target_price=_target_price(signal, symbol_state.close, instrument),
        leave_by_us=_leave_by_us(signal, release, at_us=due.at_us),
    )


def _target_price(signal: Signal, close: float, instrument: Instrument) -> Decimal | None:
    if signal.target_fraction <= 0.0:
        return None
    target = close * (1.0 + signal.target_fraction)
    return price_to_decimal(target, tick_size=instrument.tick_size, toward="up")


def _leave_by_us(signal: Signal, release: ActiveRelease, *, at_us: int) -> int | None:
    if signal.bars_max <= 0:
        return None
    return at_us + signal.bars_max * release.content.timeframe_us


def _find_shortfall(
    instrument: Instrument, *, quantity: Decimal, stop_price: Decimal, close: float
) -> str | None:
    """The stop must be able to sell too, so the minimums must hold at the stop's price."""
    if quantity < instrument.min_quantity:
        return f"quantity {quantity} is under the venue's minimum {instrument.min_quantity}"
    if quantity * stop_price < instrument.min_notional:
        return f"value at the stop is under the venue's minimum {instrument.min_notional}"
    if stop_price >= Decimal(repr(close)):
        return f"stop {stop_price} is not below the price {close}"
    return None


def _refusal(
    signal: Signal,
    due: DecisionDue,
    reason: str,
    release_id: str,
    *,
    limit: LimitMet | None = None,
) -> EntryRefused:
    return EntryRefused(
        at_us=due.at_us,
        symbol=signal.symbol,
        reason=reason,
        release_id=release_id,
        agent=signal.agent,
        tag=signal.tag,
        limit=limit.name if limit else "",
        value=float(limit.value) if limit else None,
        bound=float(limit.bound) if limit else None,
    )
