"""Turns the venue's reports about our orders into events, and nothing else."""

from collections import Counter
from collections.abc import Iterable, Iterator

from executor.act import seen_of
from executor.observe.time import APART_US
from executor.session import Session
from nija_domain.events import records as ev
from nija_domain.market.timeframes import HOUR_US, MINUTE_US, SECOND_US
from nija_domain.trading.order_ids import stop_id_of
from nija_domain.trading.orders import Order
from nija_domain.trading.reports import FillReport, OddRow, OrderReport
from nija_domain.trading.state import State
from nija_domain.trading.waits import LOST_WATCH_US

LOOK_BACK_US = MINUTE_US
"""Reports are asked for from a minute before the oldest watched order on."""

KILL_LOOK_BACK_US = 2 * HOUR_US
"""After a kill our clock is not trusted: an hour off, it must not hide a fill."""

ATTACHED_MAX = 100
"""Stops that one look finds; a venue may attach one to each fill."""

REST_PAUSE_US = 4 * SECOND_US
"""How often the open orders alone are asked for, while nothing but seen stops waits there."""

LOST_PAUSE_US = MINUTE_US
"""How often everything is asked for, while a lost order may still appear."""


class OrderWatch:
    """Remembers when the venue was asked last, so that it is asked seldom while nothing moves."""

    def __init__(self) -> None:
        self._asked_us = 0
        self._told_us = 0

    async def observe_orders(self, session: Session) -> None:
        """Fetch reports and fills; nothing is fetched while no order of ours can change."""
        now_us, state = session.clock.now_us(), session.state
        watched = [*_watched(state, now_us)]
        if not watched:
            return
        if not _is_in_motion(state) and await self._is_at_rest(session, now_us):
            return
        await self._look_at_all(session, watched, now_us)

    async def look(self, session: Session) -> None:
        """Look now, however lately the venue was asked: what it says of orders is told after it."""
        now_us, state = session.clock.now_us(), session.state
        watched = [*_watched(state, now_us)]
        is_quiet = not _is_in_motion(state) and await self._is_unchanged(session, now_us)
        if watched and not is_quiet:
            await self._look_at_all(session, watched, now_us)

    async def _look_at_all(self, session: Session, watched: list[Order], now_us: int) -> None:
        is_killed = bool(session.state.restrictions.killed)
        look_back_us = KILL_LOOK_BACK_US if is_killed else LOOK_BACK_US
        since_us = min(order.intended_us for order in watched) - look_back_us
        orders = await session.exchange.fetch_orders(since_us=since_us)
        trades = await session.exchange.fetch_fills(since_us=since_us)
        self._asked_us = self._told_us = now_us
        reports = [each for each in orders if isinstance(each, OrderReport)]
        fills = [each for each in trades if isinstance(each, FillReport)]
        if any(fill.at_us > now_us + APART_US * session.state.pace for fill in fills):
            # The venue lives later than we do: our clock stood still, and with it every deadline.
            session.is_clock_doubted = True
        # Attached stops appear with the fills that they follow, one after the other.
        for _ in range(ATTACHED_MAX):
            seen = [*_seen(session.state, reports, now_us)]
            await session.observe(seen)
            filled = [*_filled(session.state, fills)]
            await session.observe(filled)
            if not filled:
                break
        await session.observe(_not_ours(session.state, [*orders, *trades], now_us))

    async def _is_at_rest(self, session: Session, now_us: int) -> bool:
        """Whether the stops wait at the venue as they did when all was asked for."""
        state = session.state
        is_lost_watched = len([*_watched(state, now_us)]) > len(state.book.orders.live)
        if is_lost_watched and now_us - self._told_us >= LOST_PAUSE_US * state.pace:
            return False
        if now_us - self._asked_us < REST_PAUSE_US * state.pace:
            return True
        return await self._is_unchanged(session, now_us)

    async def _is_unchanged(self, session: Session, now_us: int) -> bool:
        """A row that cannot be read is no news, as long as it is there."""
        rows = {each.venue_id: each for each in await session.exchange.fetch_open_orders()}
        self._asked_us = now_us
        await session.observe(_not_ours(session.state, rows.values(), now_us))
        return all(
            isinstance(found := rows.get(order.venue_id or ""), OddRow)
            or (found is not None and not _is_news(order, found))
            for order in session.state.book.orders.live.values()
        )


def _is_in_motion(state: State) -> bool:
    """An order on its way, to be cancelled or not fully told; a position without its stop."""
    return any(
        order.status != "accepted" or order.role != "stop" or order.is_cancel_intended
        for order in state.book.orders.live.values()
    ) or any(position.exposed_us is not None for position in state.book.positions.values())


def _watched(state: State, now_us: int) -> Iterator[Order]:
    """Live orders, and what the venue may still show.

    That is orders given up as lost, and entries whose coins are not there: a stop that nobody has
    seen may have sold them.
    """
    yield from state.book.orders.live.values()
    for position in state.book.positions.values():
        entry = state.book.orders.ended.get(position.entry_id)
        if entry is not None and position.symbol.partition("/")[0] in state.account.free:
            yield entry
    for order in state.book.orders.lost.values():
        if now_us - order.intended_us < LOST_WATCH_US:
            yield order


def _seen(state: State, reports: Iterable[OrderReport], now_us: int) -> Iterator[ev.JournalEvent]:
    """What is new in the reports about orders of ours.

    Several stops of one entry are told before the fill of any: else the rest, which the others
    have covered or sold, would look bare.
    """
    unnamed = Counter[str]()
    for report in reports:
        order_id = _id_of(state, report, unnamed)
        if order_id is not None and _is_news(state.book.orders.get(order_id), report):
            yield seen_of(report, order_id, at_us=now_us)


def _not_ours(
    state: State, rows: Iterable[OrderReport | FillReport | OddRow], now_us: int
) -> Iterator[ev.JournalEvent]:
    """Open orders that are not ours, and rows that cannot be read: each is told once.

    While an order of ours has no id of the venue yet, its stop cannot be told from a stranger.
    """
    told = {*state.account.told}
    is_certain = all(order.venue_id for order in state.book.orders.live.values())
    for row in rows:
        if row.venue_id in told or isinstance(row, FillReport):
            continue
        if isinstance(row, OddRow):
            yield ev.AnswerUnreadable(
                at_us=now_us, what=row.what, venue_id=row.venue_id, reason=row.reason
            )
        elif is_certain and row.status == "open" and _id_of(state, row, Counter()) is None:
            yield ev.ForeignOrderSeen(
                at_us=now_us, venue_id=row.venue_id, symbol=row.symbol, text=_in_words(row)
            )


def _in_words(report: OrderReport) -> str:
    return f"{report.kind} to {report.side} {report.quantity:f} of {report.symbol}"


def _is_news(order: Order | None, report: OrderReport) -> bool:
    if order is None or order.venue_id is None:
        return True
    known = (order.reported, order.reported_filled)
    is_resized = order.role == "stop" and order.quantity != report.quantity
    return order.is_live and (known != (report.status, report.filled_quantity) or is_resized)


def _id_of(state: State, report: OrderReport, unnamed: Counter[str]) -> str | None:
    """Our id of a reported order: its client id, or that of a stop that belongs to our entry.

    `unnamed` counts the stops of each entry that this look has named before.
    """
    orders = state.book.orders
    known = orders.get(report.client_id) or orders.of_venue(report.venue_id)
    if known is not None:
        return known.order_id
    parent = orders.of_venue(report.parent_venue_id) if report.parent_venue_id else None
    if parent is None:
        return None
    unnamed[parent.order_id] += 1
    return _stop_id(state, parent, number=unnamed[parent.order_id])


def _stop_id(state: State, entry: Order, *, number: int) -> str | None:
    """For the so-many-th new one: a stop without a venue id yet, else a new number."""
    stops = state.book.orders.stops_of(entry.order_id)
    waiting = [stop for stop in stops if stop.venue_id is None and stop.is_live]
    if number <= len(waiting):
        return waiting[number - 1].order_id
    new = len(stops) - len(waiting) + number
    return stop_id_of(entry.order_id, number=new) if stops else None


def _filled(state: State, fills: Iterable[FillReport]) -> Iterator[ev.JournalEvent]:
    """The pair is our order's: one that is no longer listed has lost its name at the venue."""
    for fill in sorted(fills, key=lambda f: (f.at_us, f.side == "sell", f.trade_id)):
        order = state.book.orders.of_venue(fill.venue_id)
        if order is None or fill.trade_id in order.fill_ids:
            continue
        yield ev.OrderFilled(
            at_us=fill.at_us,
            order_id=order.order_id,
            trade_id=fill.trade_id,
            symbol=order.symbol,
            side=fill.side,
            quantity=fill.quantity,
            price=fill.price,
            fee=fill.fee,
            release_id=order.release_id,
            fee_asset=fill.fee_asset or order.symbol.rpartition("/")[2],
            position_id=str(order.position_id),
        )
