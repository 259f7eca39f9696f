"""What the venue says of our orders, turned into events: fills first, then ends."""

from collections.abc import Iterator

from executor.session import Session
from nija_domain.events import records as ev
from nija_domain.trading.reports import FillReport, OrderReport
from nija_domain.trading.state import Order, State

LOOK_BACK_US = 60_000_000
"""Reports are asked for from a minute before the oldest live order on."""


async def observe_orders(session: Session) -> None:
    """One look at the venue; nothing is asked while no order of ours lives."""
    live = [order for order in session.state.orders.values() if order.is_live]
    if not live:
        return
    since_us = min(order.intended_us for order in live) - LOOK_BACK_US
    reports = await session.exchange.fetch_orders(since_us=since_us)
    fills = await session.exchange.fetch_fills(since_us=since_us)
    now_us = session.clock.now_us()
    await session.observe(_accepted(session.state, reports, now_us))
    await session.observe(_filled(session.state, fills))
    # Stops appear with the fills that they follow, so they are looked for once more.
    await session.observe(_accepted(session.state, reports, now_us))
    await session.observe(_filled(session.state, fills))
    await session.observe(_closed(session.state, reports, now_us))
    await session.observe(_lost(session, reports))


def _order_of(state: State, report: OrderReport) -> Order | None:
    """Ours by client id, or as the stop that hangs on an entry of ours."""
    if report.client_id is not None and report.client_id in state.orders:
        return state.orders[report.client_id]
    if report.parent_venue_id is None:
        return None
    for order in state.orders.values():
        if order.venue_id == report.parent_venue_id:
            return state.orders.get(f"{order.order_id}-stop")
    return None


def _accepted(state: State, reports: list[OrderReport], now_us: int) -> Iterator[ev.JournalEvent]:
    for report in reports:
        order = _order_of(state, report)
        if order and order.is_live and order.venue_id is None:
            yield ev.OrderAccepted(at_us=now_us, order_id=order.order_id, venue_id=report.venue_id)


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
    """An order ends when all that it filled has been booked; until then it is asked again."""
    for report in reports:
        order = _order_of(state, report)
        if order is None or not order.is_live or report.status == "open":
            continue
        if order.filled_quantity == report.filled_quantity:
            yield ev.OrderClosed(at_us=now_us, order_id=order.order_id, status=report.status)


def _lost(session: Session, reports: list[OrderReport]) -> Iterator[ev.JournalEvent]:
    """An intent that the venue does not know past the deadline never arrived."""
    now_us, settings = session.clock.now_us(), session.settings
    deadline_us = int(settings.lookup_deadline_ms * 1_000 * settings.venue_speed)
    reported = {report.client_id for report in reports}
    for order in session.state.orders.values():
        is_in_doubt = order.status in {"intended", "unknown"} and order.role != "stop"
        is_overdue = now_us - order.intended_us > deadline_us
        if is_in_doubt and is_overdue and order.order_id not in reported:
            yield ev.OrderClosed(at_us=now_us, order_id=order.order_id, status="lost")
