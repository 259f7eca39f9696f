"""How long what the executor bought had no stop at the venue, from the venue's own happenings."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from nija_domain.market.money import ZERO
from nija_domain.market.timeframes import SECOND_US
from simulator.orders import VenueOrder
from storm.stage import SYMBOLS
from storm.troubles import Spells
from storm.venue import VenueSide


class Stretch(msgspec.Struct, frozen=True):
    """One time in which something was not covered; `bare_s` leaves out what nobody could mend."""

    symbol: str
    begin_s: float
    end_s: float
    bare_s: float


def find_stretches(side: VenueSide, spells: Spells) -> list[Stretch]:
    """Every one of them, in the order of symbols and time."""
    end_us = side.engine.now_us
    return [
        _stretch(side, spells, symbol, begin_us, until_us)
        for symbol in SYMBOLS
        for begin_us, until_us in _uncovered(side, symbol, end_us=end_us)
    ]


def _stretch(side: VenueSide, spells: Spells, symbol: str, begin_us: int, until_us: int) -> Stretch:
    begin_s, end_s = ((at - side.moments.origin_us) / SECOND_US for at in (begin_us, until_us))
    excused_s = spells.overlap_s(symbol, begin_s, end_s)
    return Stretch(symbol, begin_s, end_s, end_s - begin_s - excused_s)


def _uncovered(side: VenueSide, symbol: str, *, end_us: int) -> Iterator[tuple[int, int]]:
    since_us: int | None = None
    for at_us, left in _courses(side, symbol):
        is_bare = left > _dust(side, symbol)
        if is_bare and since_us is None:
            since_us = at_us
        elif not is_bare and since_us is not None:
            if at_us > since_us:
                yield since_us, at_us
            since_us = None
    if since_us is not None:
        yield since_us, end_us


def _courses(side: VenueSide, symbol: str) -> Iterator[tuple[int, Decimal]]:
    """What no open sale of ours covers, after everything that happened at one moment."""
    held, open_sales = ZERO, dict[str, Decimal]()
    last_us: int | None = None
    for happening in side.engine.happenings:
        order, at_us = happening.order, happening.at_us
        if order.ticket.symbol != symbol:
            continue
        if last_us is not None and at_us != last_us:
            yield last_us, held - sum(open_sales.values(), start=ZERO)
        last_us = at_us
        if happening.trade is not None and not side.is_ours(order) and order.ticket.side == "sell":
            held = max(ZERO, held - happening.trade.quantity)
        if not side.is_ours(order):
            # A person who sells what the executor bought has cancelled its stop on purpose.
            if order.ticket.kind == "market":
                _follow(open_sales, order)
            continue
        if happening.trade is not None:
            moved = happening.trade.quantity
            held += moved if order.ticket.side == "buy" else -moved
            held = max(ZERO, held - happening.trade.fee_coins)
        _follow(open_sales, order)
    if last_us is not None:
        yield last_us, held - sum(open_sales.values(), start=ZERO)


def _follow(open_sales: dict[str, Decimal], order: VenueOrder) -> None:
    if order.ticket.side != "sell":
        return
    if order.status == "open" and order.remaining > 0:
        open_sales[order.txid] = order.remaining
    else:
        open_sales.pop(order.txid, None)


def _dust(side: VenueSide, symbol: str) -> Decimal:
    """What the venue would not sell."""
    instrument = side.engine.listings[symbol].instrument
    price = side.engine.price_now(symbol)
    return max(instrument.min_quantity, instrument.min_notional / price)
