"""What a look at the balances, and what was derived from it, change."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.market.money import ZERO
from nija_domain.trading.account import CASH_ASSET, Suspect
from nija_domain.trading.cover import make_due, uncovered, watch_cover
from nija_domain.trading.orders import Order
from nija_domain.trading.state import State
from nija_domain.trading.waits import BALANCE_LAG_US, BALANCES_APART_US

SOLD_BY_HAND = "sold by hand"
Rests = dict[str, Decimal]


def counts(state: State, event: ev.BalancesSeen) -> bool:
    """Whether the look can be compared: nothing of ours moves, has moved since, or did lately."""
    if event.moves != state.account.moves or any(map(_is_in_motion, _live(state))):
        return False
    return event.at_us - state.account.filled_us >= BALANCE_LAG_US * state.pace


def _live(state: State) -> Iterable[Order]:
    return state.book.orders.live.values()


def _is_in_motion(order: Order) -> bool:
    """Only a stop that was seen and is wanted waits."""
    return order.role != "stop" or order.status != "accepted" or order.is_cancel_intended


def held_of(state: State, asset: str) -> Decimal:
    """What all positions hold of an asset."""
    positions = state.book.positions.values()
    return sum((each.quantity for each in positions if base_of(each.symbol) == asset), start=ZERO)


def base_of(symbol: str) -> str:
    return symbol.partition("/")[0]


def known_total(state: State, asset: str) -> Decimal:
    """What the venue must have of an asset: cash or positions, dust, foreign and unexplained."""
    account = state.account
    ours = state.book.purse.cash if asset == CASH_ASSET else held_of(state, asset)
    parts = (account.dust, account.foreign, account.unexplained)
    return ours + sum((part.get(asset, ZERO) for part in parts), start=ZERO)


def rest_of(state: State, asset: str, event: ev.BalancesSeen) -> Decimal:
    """What the venue has of an asset beyond what is ours."""
    total, dust = event.totals.get(asset, ZERO), state.account.dust.get(asset, ZERO)
    if asset == CASH_ASSET:
        return total - state.book.purse.cash
    return total - held_of(state, asset) - dust


def differences(state: State, event: ev.BalancesSeen) -> Rests:
    """The assets that are not as the books say, each with its rest."""
    account = state.account
    held = {base_of(position.symbol) for position in state.book.positions.values()}
    assets = {CASH_ASSET, *event.totals, *held, *account.dust, *account.foreign}
    rests = {asset: rest_of(state, asset, event) for asset in sorted(assets - set(event.unread))}
    return {
        asset: rest
        for asset, rest in rests.items()
        if rest < 0 or rest != account.foreign.get(asset, ZERO)
    }


def confirmed(state: State, rests: Rests, *, at_us: int) -> Rests:
    """Those that an earlier look has found too, some seconds ago."""
    suspects, apart_us = state.account.suspects, BALANCES_APART_US * state.pace
    return {
        asset: rest
        for asset, rest in rests.items()
        if (known := suspects.get(asset))
        and known.rest == rest
        and at_us - known.since_us >= apart_us
    }


def note_balances(state: State, event: ev.BalancesSeen) -> State:
    state = _note_free(state, event)
    if not counts(state, event):
        return state
    rests, account = differences(state, event), state.account
    suspects = {}
    for asset, rest in rests.items():
        known = account.suspects.get(asset)
        is_same = known is not None and known.rest == rest
        suspects[asset] = known if known and is_same else Suspect(rest, event.at_us)
    is_compared = not rests or bool(confirmed(state, rests, at_us=event.at_us))
    compared_us = event.at_us if is_compared else account.compared_us
    return replace(state, account=replace(account, suspects=suspects, compared_us=compared_us))


def _note_free(state: State, event: ev.BalancesSeen) -> State:
    """After a sale was refused: what there is to sell, as long as it is less than is wanted.

    A look that is older than the newest change of an order says nothing. What waits for it is due,
    if it is less: otherwise the refusal has another reason, and asking again takes its time.
    """
    account = state.account
    asked = {*account.refused, *account.free} - {*event.unread}
    if not asked or event.moves != account.moves:
        return state
    free = {asset: each for asset, each in account.free.items() if asset not in asked}
    for asset in sorted(asked):
        left = event.totals.get(asset, ZERO) - event.held.get(asset, ZERO)
        left -= max(ZERO, account.foreign.get(asset, ZERO))
        if left < _wanted(state, asset):
            free[asset] = left
    refused = tuple(asset for asset in account.refused if asset not in asked)
    noted = replace(state, account=replace(account, free=free, refused=refused))
    for position in state.book.positions.values():
        if base_of(position.symbol) in free.keys() & {*account.refused}:
            noted = make_due(noted, position, at_us=event.at_us)
        noted = watch_cover(noted, position.name, at_us=event.at_us)
    return noted


def _wanted(state: State, asset: str) -> Decimal:
    """What stops and sales would have to ask for now."""
    held = (each for each in state.book.positions.values() if base_of(each.symbol) == asset)
    return sum((max(ZERO, uncovered(state.book, each)) for each in held), start=ZERO)


def note_asked(state: State, event: ev.JournalEvent) -> State:
    """Our own sales keep coins from the moment they are meant, and free them when they end."""
    match event:
        case ev.OrderIntended(side="sell"):
            asset, freed = base_of(event.symbol), -event.quantity
        case ev.OrderFilled(side="buy"):
            # Its attached stop keeps them where it is there; a refusal would show it.
            asset, freed = base_of(event.symbol), event.quantity
        case ev.OrderRefused() | ev.OrderEnded():
            order = state.book.orders.get(event.order_id)
            if order is None or order.side == "buy":
                return state
            asset, freed = base_of(order.symbol), order.unfilled
        case _:
            return state
    account = state.account.with_freed(asset, freed)
    return state if account is state.account else replace(state, account=account)


def move_coins(state: State, event: ev.CoinsMoved) -> State:
    account = state.account.with_foreign(event.asset, event.foreign)
    return replace(state, account=account.with_dust(event.asset, event.dust))


def sell_by_hand(state: State, event: ev.SoldByHand) -> State:
    """As if it had been sold at that price; what it really brought, the cash shows."""
    position = state.book.positions.get(event.position_id)
    if position is None:
        return state
    value, quantity = event.quantity * event.price, position.quantity - event.quantity
    shrunk = replace(
        position,
        quantity=quantity,
        proceeds=position.proceeds + value,
        exit_reason=position.exit_reason if quantity > 0 else SOLD_BY_HAND,
    )
    purse = replace(state.book.purse, cash=state.book.purse.cash + value)
    book = replace(state.book, purse=purse).with_position(shrunk)
    return watch_cover(replace(state, book=book), position.name, at_us=event.at_us)


def note_unexplained(state: State, event: ev.BalanceUnexplained) -> State:
    unexplained = {**state.account.unexplained, event.asset: event.quantity}
    return replace(state, account=replace(state.account, unexplained=unexplained))


def note_explained(state: State, event: ev.BalanceExplained) -> State:
    known = state.account.unexplained
    left = {asset: quantity for asset, quantity in known.items() if asset != event.asset}
    return replace(state, account=replace(state.account, unexplained=left))


def note_told(state: State, event: ev.ForeignOrderSeen | ev.AnswerUnreadable) -> State:
    return replace(state, account=state.account.with_told(event.venue_id))
