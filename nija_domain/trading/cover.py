"""Whether stops cover what is held, and since when they do not."""

from decimal import Decimal

from msgspec.structs import replace

from nija_domain.market.money import ZERO
from nija_domain.trading.book import Book, Position
from nija_domain.trading.orders import Order
from nija_domain.trading.state import State
from nija_domain.trading.waits import STOPS_MAX


def uncovered(book: Book, position: Position) -> Decimal:
    """What no stop covers that the venue is known to hold; nothing while a sale is under way."""
    live = book.orders.live_of(position.position_id)
    if any(order.role == "exit" and order.status != "unknown" for order in live):
        return ZERO
    return position.quantity - sum(map(covering, live), start=ZERO)


def sellable(state: State, symbol: str, wanted: Decimal) -> Decimal:
    """As much of what is wanted as the venue has free, where a refusal has made us look."""
    free = state.account.free.get(symbol.partition("/")[0])
    return wanted if free is None else max(ZERO, min(wanted, free))


def covering(order: Order) -> Decimal:
    """What a stop sells when it is reached; one that was never seen covers nothing."""
    is_seen = order.role == "stop" and order.status == "accepted"
    return order.unfilled if is_seen else ZERO


def is_dust(state: State, symbol: str, quantity: Decimal) -> bool:
    """Whether the venue would refuse to sell so little."""
    instrument, known = state.instruments.get(symbol), state.market.symbols.get(symbol)
    if instrument is None or known is None:
        return False
    value = quantity * Decimal(repr(known.mark_price))
    return quantity < instrument.min_quantity or value < instrument.min_notional


def is_exposed(state: State, position: Position) -> bool:
    """Coins that the venue has for nobody's sale but somebody else's cannot be covered."""
    left = sellable(state, position.symbol, uncovered(state.book, position))
    return left > 0 and not is_dust(state, position.symbol, left)


def watch_cover(state: State, name: str, *, at_us: int) -> State:
    """The position with its clock: it starts when cover is lost, and stops when it is back."""
    position = state.book.positions.get(name)
    if position is None:
        return state
    exposed_us = None
    if is_exposed(state, position):
        exposed_us = at_us if position.exposed_us is None else position.exposed_us
    if exposed_us == position.exposed_us:
        return state
    watched = replace(position, exposed_us=exposed_us)
    return replace(state, book=state.book.with_position(watched))


def make_due(state: State, position: Position, *, at_us: int) -> State:
    """What was refused is asked for again at once: what stood against it is known now.

    After some stops in vain it waits as long as any other.
    """
    is_waiting = position.exit_next_us is not None
    due = replace(
        position,
        is_stop_due=position.stops_placed <= STOPS_MAX,
        exit_next_us=at_us if is_waiting else None,
    )
    return replace(state, book=state.book.with_position(due))
