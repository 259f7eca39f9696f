"""Open positions, valued at the last close."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from nija_domain.market.money import ZERO, mean_price
from nija_domain.trading.book import Position
from nija_domain.trading.rounding import price_to_decimal
from nija_domain.trading.state import State


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """`unrealized` includes every fill and fee of the round trip so far.

    So deposits, realised and unrealised profit add up to the equity exactly.
    """

    symbol: str
    agent: str
    tag: str
    entry_id: str
    stop_id: str
    quantity: Decimal
    entry_price: Decimal
    mark_price: Decimal
    stop_price: Decimal
    value: Decimal
    cost: Decimal
    unrealized: Decimal
    fees: Decimal
    opened_us: int
    entry_regime: str
    regime: str
    release_id: str


def holdings_of(state: State) -> tuple[Holding, ...]:
    """By symbol, then by agent and tag."""
    positions = sorted(state.book.positions.values(), key=lambda p: (p.symbol, p.name))
    return tuple(_holding(state, position) for position in positions)


def _holding(state: State, position: Position) -> Holding:
    symbol_state = state.market.symbols[position.symbol]
    tick_size = state.instruments[position.symbol].tick_size
    mark = price_to_decimal(symbol_state.mark_price, tick_size=tick_size, toward="nearest")
    value = position.quantity * mark
    return Holding(
        symbol=position.symbol,
        agent=position.agent,
        tag=position.slot.tag,
        entry_id=position.entry_id,
        stop_id=stops[-1].order_id
        if (stops := state.book.orders.stops_of(position.entry_id))
        else "",
        quantity=position.quantity,
        entry_price=mean_price(position.cost, quantity=position.entered_quantity),
        mark_price=mark,
        stop_price=position.stop_price,
        value=value,
        cost=position.cost,
        unrealized=position.proceeds + value - position.cost - position.fees,
        fees=position.fees,
        opened_us=position.opened_us,
        entry_regime=position.regime,
        regime=symbol_state.regime,
        release_id=position.release_id,
    )


def unrealized_of(holdings: Iterable[Holding]) -> Decimal:
    return sum((holding.unrealized for holding in holdings), start=ZERO)
