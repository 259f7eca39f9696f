"""Turns the venue's reports about our orders into events: fills first, then ends."""

from collections.abc import Iterator

from executor.session import Session
from nija_domain.events import records as ev
from nija_domain.market.timeframes import HOUR_US, MINUTE_US
from nija_domain.trading.exits import STOP_GRACE_BARS
from nija_domain.trading.order_ids import stop_id_of
from nija_domain.trading.reports import FillReport, OrderReport
from nija_domain.trading.state import Order, State

LOOK_BACK_US = MINUTE_US
"""Reports are asked for from a minute before the oldest watched order on."""

LOST_WATCH_US = HOUR_US
"""How long an order that was given up as lost is still looked for."""

MICROSECONDS_A_MILLISECOND = 1_000


async def observe_orders(session: Session) -> None:
    """Fetch reports and fills; nothing is fetched while no order of ours can change."""
    now_us = session.clock.now_us()
    watched = [o for o in session.state.orders.values() if o.is_live or _may_appear(o, now_us)]
    if not watched:
        return
    since_us = min(order.intended_us for order in watched) - LOOK_BACK_US
    reports = await session.exchange.fetch_orders(since_us=since_us)
    fills = await session.exchange.fetch_fills(since_us=since_us)
    overdue = _overdue(session, {report.client_id for report in reports}, now_us)
    found = [await session.exchange.find_order(o.order_id) for o in overdue if o.role != "stop"]
    reports += [report for report in found if report]
    await session.observe(_accepted(session.state, reports, now_us))
    await session.observe(_filled(session.state, fills))
    # Stops appear with the fills that they follow, so they are looked for once more.
    await session.observe(_accepted(session.state, reports, now_us))
    await session.observe(_filled(session.state, fills))
    await session.observe(_closed(session.state, reports, now_us))
    await session.observe(_lost(session.state, overdue, now_us))


def _may_appear(order: Order, now_us: int) -> bool:
    """An order given up as lost, which the venue may still show."""
    is_given_up = order.status == "closed" and order.venue_id is None
    return is_given_up and now_us - order.intended_us < LOST_WATCH_US


def _id_of(state: State, report: OrderReport) -> str | None:
    """Our id of a reported order: its client id, or that of a stop that belongs to our entry."""
    if report.client_id in state.orders or report.parent_venue_id is None:
        return report.client_id
    for order in state.orders.values():
        if order.role == "entry" and order.venue_id == report.parent_venue_id:
            return _stop_id(state, order, report.venue_id)
    return None


def _stop_id(state: State, entry: Order, venue_id: str) -> str | None:
    """The stop with this venue id, else one without a venue id yet, else a new number."""
    stops = state.stops_of(entry.order_id)
    for known in (venue_id, None):
        for stop in stops:
            if stop.venue_id == known:
                return stop.order_id
    return stop_id_of(entry.order_id, number=len(stops) + 1) if stops else None


def _order_of(state: State, report: OrderReport) -> Order | None:
    return state.orders.get(_id_of(state, report) or "")


def _accepted(state: State, reports: list[OrderReport], now_us: int) -> Iterator[ev.JournalEvent]:
    for report in reports:
        order_id = _id_of(state, report)
        order = state.orders.get(order_id or "")
        is_successor = report.parent_venue_id is not None and order is None
        if order_id and (is_successor or (order and order.venue_id is None)):
            yield ev.OrderAccepted(at_us=now_us, order_id=order_id, venue_id=report.venue_id)


def _filled(state: State, fills: list[FillReport]) -> Iterator[ev.JournalEvent]:
    by_venue_id = {order.venue_id: order for order in state.orders.values() if order.venue_id}
    for fill in sorted(fills, key=lambda f: (f.at_us, f.trade_id)):
        order = by_venue_id.get(fill.venue_id)
        if order is None or fill.trade_id in order.fill_ids:
            continue
        yield ev.OrderFilled(
            at_us=fill.at_us,
            order_id=order.order_id,
            trade_id=fill.trade_id,
            symbol=fill.symbol,
            side=fill.side,
            quantity=fill.quantity,
            price=fill.price,
            fee=fill.fee,
            release_id=order.release_id,
        )


def _closed(state: State, reports: list[OrderReport], now_us: int) -> Iterator[ev.JournalEvent]:
    """Close an order once all its fills are booked; until then it is asked for again."""
    for report in reports:
        order = _order_of(state, report)
        if order is None or not order.is_live or report.status == "open":
            continue
        if order.filled_quantity == report.filled_quantity:
            yield ev.OrderClosed(at_us=now_us, order_id=order.order_id, status=report.status)


def _overdue(session: Session, reported: set[str | None], now_us: int) -> list[Order]:
    """Orders that the venue should have shown by now.

    The time counts from when the order became doubtful, not from its intent, because a decision can
    be resumed long after its bar. A stop without a venue id becomes doubtful only once the core
    wants to cancel it; until then it protects.
    """
    settings, release = session.settings, session.state.release
    speed = settings.venue_speed * MICROSECONDS_A_MILLISECOND
    doubted_before_us = now_us - int(settings.lookup_deadline_ms * speed)
    grace_us = STOP_GRACE_BARS * release.content.timeframe_us if release else 0
    return [
        order
        for order in session.state.orders.values()
        if order.is_live
        and order.venue_id is None
        and order.order_id not in reported
        and (
            order.is_cancel_intended and now_us - order.intended_us > grace_us
            if order.role == "stop"
            else order.doubted_us is not None and order.doubted_us < doubted_before_us
        )
    ]


def _lost(state: State, overdue: list[Order], now_us: int) -> Iterator[ev.JournalEvent]:
    """Close orders as lost that no look-up found before the deadline."""
    for order in overdue:
        if state.orders[order.order_id].venue_id is None:
            yield ev.OrderClosed(at_us=now_us, order_id=order.order_id, status="lost")
