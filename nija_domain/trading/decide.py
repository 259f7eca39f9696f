"""From the signals of a bar to intents and refusals, in a fixed order, within every limit."""

from decimal import Decimal
from math import isfinite

from nija_domain.capital.limits import HardLimits
from nija_domain.capital.sizing import Sizing
from nija_domain.errors import NumberInvalid
from nija_domain.events.records import (
    DecisionDue,
    EntryRefused,
    JournalEvent,
    OrderIntended,
    SignalGiven,
)
from nija_domain.market.instruments import Instrument
from nija_domain.market.timeframes import HOUR_US
from nija_domain.trading.entry_sizes import size_signal
from nija_domain.trading.exits import pursue_exit
from nija_domain.trading.fold import fold
from nija_domain.trading.order_ids import order_id_of
from nija_domain.trading.rounding import price_to_decimal, quantity_to_decimal
from nija_domain.trading.shadow import enter_shadow, leave_shadow
from nija_domain.trading.state import ActiveRelease, State

REFUSED_AT_HALT = "protection is HALT: the strategy trades on paper until a person reopens"
"""Of shadow trades: journals hold this sentence, and a replay compares each record's words."""


def decide(state: State, due: DecisionDue) -> tuple[JournalEvent, ...]:
    """Exits before entries, then by symbol; each decision counts those before it as pending."""
    records: list[JournalEvent] = []
    for signal in sorted(state.signals, key=lambda s: (s.action != "exit", s.symbol)):
        made = _answer(state, signal, due)
        for record in made:
            state = fold(state, record)
        records += made
    return tuple(records)


def _answer(state: State, signal: SignalGiven, due: DecisionDue) -> tuple[JournalEvent, ...]:
    symbol, reasoning = signal.symbol, signal.reasoning
    if signal.action != "exit":
        return _enter_or_refuse(state, signal, due)
    position = state.positions.get(symbol)
    if position is None:
        return leave_shadow(state, symbol, reason=reasoning, at_us=due.at_us)
    if position.exit_reason is not None:
        return ()
    return pursue_exit(state, symbol, reason=reasoning, at_us=due.at_us)


def _enter_or_refuse(
    state: State, signal: SignalGiven, due: DecisionDue
) -> tuple[JournalEvent, ...]:
    """At HALT, an entry that nothing else forbids becomes a shadow trade."""
    release = state.release
    limits = state.limits_in_force
    if release is None or limits is None:
        return (_refusal(signal, due, "no release is active or no limits are set", ""),)
    reason = _find_obstacle(state, limits, signal, due)
    if reason:
        return (_refusal(signal, due, reason, release.release_id),)
    if state.capital.protection.level == "HALT":
        refusal = _refusal(signal, due, REFUSED_AT_HALT, release.release_id)
        return (refusal, *enter_shadow(state, release, limits, signal))
    return (_sized_entry(state, release, limits, signal, due),)


def _sized_entry(
    state: State, release: ActiveRelease, limits: HardLimits, signal: SignalGiven, due: DecisionDue
) -> JournalEvent:
    multiplier = limits.protection.multiplier(state.capital.protection.level)
    sizing = size_signal(state, release, limits, signal, protection_multiplier=multiplier)
    if sizing.refusal:
        return _refusal(signal, due, sizing.refusal, release.release_id)
    try:
        return _entry(state, release, signal, due, sizing)
    except NumberInvalid as error:
        return _refusal(signal, due, str(error), release.release_id)


def _find_obstacle(
    state: State, limits: HardLimits, signal: SignalGiven, due: DecisionDue
) -> str | None:
    """The first reason why no entry is possible, whatever its size."""
    symbol_state = state.symbols.get(signal.symbol)
    entries = [o for o in state.orders.values() if o.role == "entry" and o.is_live]
    busy = set(state.positions) | {o.symbol for o in entries}
    recent = [t for t in state.entry_times_us if t > due.at_us - HOUR_US]
    restrictions = state.restrictions
    halts = sorted(restrictions.halts)
    directed = restrictions.directive_against(signal.symbol, at_us=due.at_us)
    obstacles = (
        (bool(halts), f"halted by {', '.join(halts)}"),
        (
            state.release and signal.symbol not in state.release.content.universe,
            "the release does not trade it",
        ),
        (bool(directed), directed or ""),
        (signal.symbol not in state.instruments, "not listed at the venue; will not be traded"),
        (signal.symbol in restrictions.stepped, "its price has stepped by ten times or more"),
        (symbol_state is None or symbol_state.ts_us != due.ts_us, "its last candle is stale"),
        (signal.symbol in busy, "it is held or on its way"),
        (bool(state.live_orders(signal.symbol)), "an order of it is still live"),
        (len(busy) >= limits.max_open_positions, "max_open_positions is reached"),
        (len(recent) >= limits.max_entries_per_hour, "max_entries_per_hour is reached"),
        (not _is_usable_stop(signal, limits), f"stop fraction {signal.stop_fraction} is unusable"),
        (not 0.0 < signal.share <= 1.0, f"share {signal.share} lies outside (0, 1]"),
    )
    return next((text for is_met, text in obstacles if is_met), None)


def _is_usable_stop(signal: SignalGiven, limits: HardLimits) -> bool:
    fraction = signal.stop_fraction
    return isfinite(fraction) and 0.0 < fraction <= limits.max_stop_fraction


def _entry(
    state: State, release: ActiveRelease, signal: SignalGiven, due: DecisionDue, sizing: Sizing
) -> JournalEvent:
    symbol_state, instrument = state.symbols[signal.symbol], state.instruments[signal.symbol]
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
    return OrderIntended(
        at_us=due.at_us,
        order_id=order_id_of(
            state.intent_count, symbol=signal.symbol, role="entry", at_us=due.at_us
        ),
        symbol=signal.symbol,
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
    )


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


def _refusal(signal: SignalGiven, due: DecisionDue, reason: str, release_id: str) -> EntryRefused:
    return EntryRefused(at_us=due.at_us, symbol=signal.symbol, reason=reason, release_id=release_id)
