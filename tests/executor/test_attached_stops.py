"""Stops that the venue attaches, as many as it likes and however late it tells of them."""

from decimal import Decimal

from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from nija_domain.trading.reports import FillReport, OrderReport
from tests.fakes.stands import HOLD, Stand, run

SYMBOL = "BTC/USD"
PARTS = 3


def _fill_of(stop: OrderReport, *, at_us: int) -> FillReport:
    return FillReport(
        trade_id=f"T-{stop.venue_id}",
        venue_id=stop.venue_id,
        symbol=stop.symbol,
        side="sell",
        quantity=stop.quantity,
        price=Decimal(60_000),
        fee=Decimal(1),
        at_us=at_us,
    )


def _fill_stops_unseen(stand: Stand) -> None:
    """Each of the entry's fills had a stop of its own, and all have sold before the first look."""
    fetch_orders, fetch_fills = stand.venue.fetch_orders, stand.venue.fetch_fills

    async def shown(*, since_us: int) -> tuple[list[OrderReport], list[FillReport]]:
        orders = [o for o in await fetch_orders(since_us=since_us) if isinstance(o, OrderReport)]
        fills = [f for f in await fetch_fills(since_us=since_us) if isinstance(f, FillReport)]
        entries = {o.venue_id: o for o in orders if o.side == "buy" and o.symbol == SYMBOL}
        attached = [o for o in orders if o.parent_venue_id in entries]
        orders = [o for o in orders if o not in attached]
        bought = [fill for fill in fills if fill.venue_id in entries]
        if not bought:
            return orders, fills
        ((entry_id, entry),) = entries.items()
        part = entry.quantity / PARTS
        stops = [
            OrderReport(
                venue_id=f"OS{number}",
                client_id=None,
                parent_venue_id=entry_id,
                symbol=SYMBOL,
                side="sell",
                kind="stop-loss",
                status="filled",
                quantity=part,
                filled_quantity=part,
                trigger_price=Decimal(60_000),
            )
            for number in range(PARTS)
        ]
        return [*orders, *stops], [*fills, *(_fill_of(s, at_us=bought[0].at_us) for s in stops)]

    async def fetch_all_orders(*, since_us: int) -> list[OrderReport]:
        return (await shown(since_us=since_us))[0]

    async def fetch_all_fills(*, since_us: int) -> list[FillReport]:
        return (await shown(since_us=since_us))[1]

    stand.venue.fetch_orders = fetch_all_orders  # type: ignore[method-assign, assignment]
    stand.venue.fetch_fills = fetch_all_fills  # type: ignore[method-assign, assignment]


def test_stops_that_appear_already_filled_are_booked_in_one_look() -> None:
    """The round trip ends in the turn that saw its entry; nothing is sold a second time."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start(symbols=(SYMBOL,))
        _fill_stops_unseen(stand)
        await stand.play(1)
        while "PositionOpened" not in stand.kinds():
            await stand.play(1, turns=1)

    run(course())
    sold = [
        event
        for event in stand.journal.events
        if isinstance(event, ev.OrderFilled) and event.side == "sell" and event.symbol == SYMBOL
    ]

    assert len(sold) == PARTS
    assert [e.symbol for e in stand.journal.events if isinstance(e, ev.TradeClosed)] == [SYMBOL]
    assert [o.side for o in stand.venue.sent if o.symbol == SYMBOL] == ["buy"]
    assert find_first_difference(stand.journal.events) is None
