"""The records of a round trip: its beginning, and its end once nothing is held."""

from decimal import Decimal

from nija_domain.events.records import (
    AssetOversold,
    JournalEvent,
    OrderFilled,
    PositionOpened,
    TradeClosed,
)
from nija_domain.events.session_records import AGENTS_IN_CORE
from nija_domain.market.money import mean_price
from nija_domain.trading.book import Position
from nija_domain.trading.state import State


def open_position(position: Position, event: OrderFilled) -> PositionOpened:
    return PositionOpened(
        at_us=event.at_us,
        position_id=position.name,
        symbol=position.symbol,
        quantity=position.quantity,
        price=event.price,
        stop_price=position.stop_price,
        release_id=position.release_id,
    )


def close_position(state: State, position: Position, *, at_us: int) -> tuple[JournalEvent, ...]:
    """The round trip, once nothing is held and no entry can still fill."""
    live = state.book.orders.live_of(position.position_id)
    if position.quantity > 0 or position.entered_quantity <= 0:
        return ()
    if any(order.role == "entry" for order in live):
        return ()
    return (*_told_oversold(state, position, at_us=at_us), _round_trip(position, at_us=at_us))


def _told_oversold(state: State, position: Position, *, at_us: int) -> tuple[JournalEvent, ...]:
    """What was sold beyond the position belonged to something else."""
    if position.quantity >= 0 or state.rules < AGENTS_IN_CORE:
        return ()
    return (tell_oversold(position.name, position.symbol, -position.quantity, at_us=at_us),)


def tell_oversold(name: str, symbol: str, quantity: Decimal, *, at_us: int) -> AssetOversold:
    return AssetOversold(
        at_us=at_us,
        position_id=name,
        symbol=symbol,
        asset=symbol.partition("/")[0],
        quantity=quantity,
    )


def _round_trip(position: Position, *, at_us: int) -> TradeClosed:
    entry_price = mean_price(position.cost, quantity=position.entered_quantity)
    return TradeClosed(
        at_us=at_us,
        position_id=position.name,
        symbol=position.symbol,
        opened_us=position.opened_us,
        quantity=position.entered_quantity,
        entry_price=entry_price,
        exit_price=mean_price(position.proceeds, quantity=position.entered_quantity),
        gross=position.proceeds - position.cost,
        fees=position.fees,
        regime=position.regime,
        config_id=position.config_id,
        release_id=position.release_id,
        reason=position.exit_reason or "stop",
        mae=_excursion(position.lowest, entry_price),
        mfe=_excursion(position.highest, entry_price),
    )


def _excursion(price: float | None, entry_price: Decimal) -> float | None:
    """How far the price went from the entry's, as a fraction; None without a whole bar."""
    return None if price is None else price / float(entry_price) - 1.0
