"""What a storm left behind, measured at the venue; the journal only names whose an order is."""

from decimal import Decimal

import msgspec

from nija_domain.capital.limits import HardLimits
from nija_domain.events import records as ev
from nija_domain.market.money import ZERO
from nija_domain.market.timeframes import HOUR_US, MINUTE_US, SECOND_US
from nija_domain.trading.account_changes import known_total
from nija_domain.trading.state import State
from storm.people import People
from storm.stage import SYMBOLS, TIMEFRAME_US
from storm.venue import Accepted, VenueSide

LATE_US = 45 * SECOND_US
"""An order may leave so long after its bar's bound: a locked journal, and the wire."""

WORTH_SHARE = Decimal("0.02")
"""Of the account: a position that is worth less counts as gone."""

STOP_SLACK = 1.1
ORDERS_A_MINUTE_MAX = 60
"""Entries are bounded by a limit; stops and sales in need may come beside them."""

SHARE_SLACK = Decimal("1.07")
"""Between the close that decided and the order's arrival the price moves, and people take money."""


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one run left behind."""

    side: VenueSide
    events: list[ev.JournalEvent]
    state: State | None
    people: People
    limits: HardLimits
    killed_us: list[tuple[int, int]]
    reduced_us: int
    """From when on a directive forbids every entry."""


def find_duplicates(books: Books) -> list[str]:
    """Orders that the venue took twice, and positions that were entered twice."""
    seen: set[str] = set()
    positions = _positions(books)
    found: list[str] = []
    for order in books.side.accepted:
        names = [order.client_id]
        if order.side == "buy":
            names.append(f"entry of {positions.get(order.client_id, order.client_id)}")
        found += [f"twice: {name}" for name in names if name in seen]
        seen |= set(names)
    return found


def find_oversold(books: Books) -> list[str]:
    """Symbols of which more was sold than had been bought."""
    side, held, found = books.side, dict.fromkeys(SYMBOLS, ZERO), list[str]()
    orders = side.engine.open_orders | side.engine.closed_orders
    for trade in side.engine.trades.values():
        if side.is_ours(orders[trade.txid]):
            held[trade.symbol] += trade.quantity if trade.side == "buy" else -trade.quantity
            if held[trade.symbol] < 0:
                found.append(f"{trade.symbol}: {-held[trade.symbol]} too many, {trade.trade_id}")
    return found


def find_breaches(books: Books) -> list[str]:
    """Entries that the venue took and that a hard limit forbids."""
    entries = [order for order in books.side.accepted if order.side == "buy"]
    found: list[str] = []
    for number, order in enumerate(entries):
        found += _breaches(books, order, before=entries[:number])
    return found


def _breaches(books: Books, order: Accepted, *, before: list[Accepted]) -> list[str]:
    limits, value = books.limits, order.quantity * order.price
    in_symbol = value + order.inventory * order.price
    recent = sum(each.at_us > order.at_us - HOUR_US for each in before)
    measured = (
        ("max_trade_share", value > _share(limits.max_trade_share, order)),
        ("max_position_share", in_symbol > _share(limits.max_position_share, order)),
        ("max_entries_per_hour", recent >= limits.max_entries_per_hour),
        ("max_open_positions", _open_beside(books, order) >= limits.max_open_positions),
        ("max_data_age_bars", _is_stale(books, order)),
        ("max_stop_fraction", _stop_fraction(order) > limits.max_stop_fraction * STOP_SLACK),
        ("reduce_only", order.at_us > books.reduced_us + LATE_US),
        ("kill", any(begin + SECOND_US < order.at_us < end for begin, end in books.killed_us)),
    )
    return [
        f"{name}: {order.client_id} at {order.at_us}" for name, is_passed in measured if is_passed
    ]


def _stop_fraction(order: Accepted) -> float:
    """How far under the price its stop lies; all the way where there is none."""
    return 1.0 if order.stop_price is None else float(1 - order.stop_price / order.price)


def find_hammering(books: Books) -> list[str]:
    """Minutes in which orders were asked for again and again."""
    asked = books.side.asked_us
    crowded = [
        first
        for first, last in zip(asked, asked[ORDERS_A_MINUTE_MAX:], strict=False)
        if last - first < MINUTE_US
    ]
    return (
        [f"more than {ORDERS_A_MINUTE_MAX} orders in the minute from {crowded[0]}"]
        if crowded
        else []
    )


def _share(limit: float, order: Accepted) -> Decimal:
    return Decimal(repr(limit)) * order.equity * SHARE_SLACK


def _is_stale(books: Books, order: Accepted) -> bool:
    intent = _intents(books).get(order.client_id)
    oldest_us = books.limits.max_data_age_bars * TIMEFRAME_US + LATE_US
    return intent is None or order.at_us - intent.at_us > oldest_us


def _open_beside(books: Books, order: Accepted) -> int:
    """Other positions that were worth something when this entry came, by the venue's trades."""
    positions, side = _positions(books), books.side
    own = positions.get(order.client_id)
    clients = {each.txid: each.client_id for each in side.accepted}
    orders = side.engine.open_orders | side.engine.closed_orders
    held: dict[str, Decimal] = {}
    for trade in side.engine.trades.values():
        if trade.at_us >= order.at_us:
            break
        txid = orders[trade.txid].parent_txid or trade.txid
        name = positions.get(clients.get(txid, ""))
        if name is not None:
            signed = trade.quantity if trade.side == "buy" else -trade.quantity
            held[name] = held.get(name, ZERO) + signed * trade.price
    sold = {symbol for at_us, symbol, _ in books.people.sales if at_us < order.at_us}
    worth = WORTH_SHARE * order.equity
    return sum(
        value > worth and name != own and name.split("/", 1)[1].rsplit("/", 2)[0] not in sold
        for name, value in held.items()
    )


def find_lost_fills(books: Books) -> list[str]:
    """Trades of ours that the journal lacks, and fills in it that the venue never made."""
    side = books.side
    orders = side.engine.open_orders | side.engine.closed_orders
    made = {
        trade.trade_id: trade.quantity
        for trade in side.engine.trades.values()
        if side.is_ours(orders[trade.txid])
    }
    known: dict[str, Decimal] = {}
    found: list[str] = []
    for event in books.events:
        if isinstance(event, ev.OrderFilled):
            if event.trade_id in known:
                found.append(f"booked twice: {event.trade_id}")
            known[event.trade_id] = event.quantity
    found += [f"not booked: {name}" for name in made.keys() - known.keys()]
    found += [f"never made: {name}" for name in known.keys() - made.keys()]
    return found


def find_unexplained(books: Books) -> list[str]:
    """Assets of which the books say anything else than the venue."""
    state = books.state
    if state is None:
        return ["no process came up again"]
    names = {each.base_asset: each.instrument.base for each in books.side.engine.listings.values()}
    totals = {names.get(a, "USD"): n for a, n in books.side.engine.balances.totals.items()}
    found = []
    for asset in sorted({*totals, *state.account.foreign, *state.account.dust}):
        has, says = totals.get(asset, ZERO), known_total(state, asset)
        if has != says:
            found.append(f"{asset}: the venue has {has}, the books say {says}")
    found += [f"{asset}: {left} unexplained" for asset, left in state.account.unexplained.items()]
    return found


def find_unknown(books: Books) -> list[str]:
    """Orders of which nothing is known after everything calmed down."""
    if books.state is None:
        return []
    live = books.state.book.orders.live.values()
    return [each.order_id for each in live if each.status in ("unknown", "intended")]


def find_touched(books: Books) -> list[str]:
    """Other people's orders that were cancelled, and coins of theirs that were sold."""
    side, people = books.side, books.people
    found = [txid for _, txid in side.cancelled if txid in people.orders]
    gone = people.orders - side.engine.open_orders.keys()
    found += sorted(gone - set(found))
    totals = side.engine.balances.totals
    for asset, all_brought in people.foreign.items():
        # The venue takes fees in coins from whatever there is.
        brought = all_brought - _fees(side, asset)
        if totals.get(asset, ZERO) < brought:
            found.append(f"{asset}: {totals.get(asset, ZERO)} left of {brought}")
    return found


def _fees(side: VenueSide, asset: str) -> Decimal:
    named = side.engine.listings
    trades = (t for t in side.engine.trades.values() if named[t.symbol].base_asset == asset)
    return sum((trade.fee_coins for trade in trades), start=ZERO)


def _intents(books: Books) -> dict[str, ev.OrderIntended]:
    return {e.order_id: e for e in books.events if isinstance(e, ev.OrderIntended)}


def _positions(books: Books) -> dict[str, str]:
    return {name: intent.position_id for name, intent in _intents(books).items()}
