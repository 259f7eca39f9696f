"""Shadow trades while the account is halted: what the strategy would do, at no risk.

Filled at the close that it decides on, with the venue's fee; stops go at their price, or at the
open where the bar begins below it.
"""

from nija_domain.capital.account import ShadowPosition
from nija_domain.capital.limits import HardLimits
from nija_domain.capital.sizing import Sizing
from nija_domain.errors import NumberInvalid
from nija_domain.events.capital_records import ShadowClosed, ShadowEntered
from nija_domain.events.records import CandleClosed, Signal
from nija_domain.trading.rounding import price_to_decimal, quantity_to_decimal
from nija_domain.trading.state import State


def enter_shadow(
    state: State, limits: HardLimits, signal: Signal, sizing: Sizing
) -> tuple[ShadowEntered, ...]:
    """Sized as if protection were NORMAL, once nothing real is held or on its way; one a symbol."""
    shadow, symbol = state.book.capital.shadow, signal.symbol
    is_flat = not state.book.positions and not state.book.orders.live
    if shadow is None or not is_flat or len(shadow.positions) >= limits.max_open_positions:
        return ()
    if symbol in shadow.positions:
        return ()
    symbol_state, instrument = state.market.symbols[symbol], state.instruments[symbol]
    tick_size, lot_size = instrument.tick_size, instrument.lot_size
    try:
        price = price_to_decimal(symbol_state.close, tick_size=tick_size, toward="up")
        stop = symbol_state.close * (1.0 - signal.stop_fraction)
        stop_price = price_to_decimal(stop, tick_size=tick_size, toward="down")
        quantity = quantity_to_decimal(sizing.value / symbol_state.close, lot_size=lot_size)
    except NumberInvalid:
        return ()
    return (
        ShadowEntered(
            at_us=signal.at_us,
            agent=signal.agent,
            symbol=symbol,
            quantity=quantity,
            price=price,
            stop_price=stop_price,
            fee=quantity * price * instrument.taker_fee_rate,
        ),
    )


def leave_shadow(state: State, signal: Signal, *, at_us: int) -> tuple[ShadowClosed, ...]:
    """What a shadow trade of this agent holds, sold at the newest close."""
    symbol = signal.symbol
    held = _held(state, symbol)
    if held is None or not held.is_of(signal.agent):
        return ()
    close = state.market.symbols[symbol].close
    return (_closed(state, symbol, held, close, signal.reasoning, at_us),)


def stop_shadow(state: State, candle: CandleClosed) -> tuple[ShadowClosed, ...]:
    held = _held(state, candle.symbol)
    if held is None or candle.low > float(held.stop_price):
        return ()
    price = min(candle.open, float(held.stop_price))
    return (_closed(state, candle.symbol, held, price, "stop", candle.at_us),)


def _held(state: State, symbol: str) -> ShadowPosition | None:
    shadow = state.book.capital.shadow
    return shadow.positions.get(symbol) if shadow else None


def _closed(
    state: State, symbol: str, held: ShadowPosition, price: float, reason: str, at_us: int
) -> ShadowClosed:
    instrument = state.instruments[symbol]
    sold = price_to_decimal(price, tick_size=instrument.tick_size, toward="nearest")
    return ShadowClosed(
        at_us=at_us,
        symbol=symbol,
        price=sold,
        gross=held.quantity * (sold - held.price),
        fees=held.fee + held.quantity * sold * instrument.taker_fee_rate,
        reason=reason,
    )
