"""The broker of numbers: orders, partial fills and the stops that hang on them."""

from decimal import Decimal

from nija_domain.events import records as ev
from nija_domain.market.candles import Bar
from nija_domain.trading.broker import Broker, Brokered, cancel, place, trade_bar
from nija_domain.trading.matching import FillModel
from nija_domain.trading.reports import PlacedOrder
from tests.fakes.stages import instrument_of

SYMBOL = "BTC/USD"
FLAT = Bar(100.0, 101.0, 99.0, 100.0, 10.0)
FALL = Bar(100.0, 100.0, 80.0, 85.0, 10.0)


def _entry(*, quantity: str, stop: str | None = "90") -> Broker:
    order = PlacedOrder(
        client_id="e",
        symbol=SYMBOL,
        side="buy",
        quantity=Decimal(quantity),
        stop_price=Decimal(stop) if stop else None,
    )
    return place(
        Broker(), order, release_id="r", position_id="trend/BTC/USD/core/1", at_us=0
    ).broker


def _trade(broker: Broker, bar: Bar) -> Brokered:
    """One order may take one whole coin of ten a bar."""
    return trade_bar(
        broker, SYMBOL, bar, at_us=1, instrument=instrument_of(SYMBOL), model=FillModel()
    )


def _story(events: tuple[ev.JournalEvent, ...]) -> list[tuple[str, str]]:
    return [(type(event).__name__, getattr(event, "order_id", "")) for event in events]


def test_a_filled_entry_leaves_its_stop_resting() -> None:
    """The fill, the end and the stop's acceptance, in this order."""
    made = _trade(_entry(quantity="1"), FLAT)

    assert _story(made.events) == [
        ("OrderFilled", "e"),
        ("OrderSeen", "e"),
        ("OrderAccepted", "e-stop"),
    ]
    assert made.broker.slips.keys() == {"e-stop"}


def test_a_new_stop_may_go_in_the_bar_that_made_it() -> None:
    """A bar that falls through the stop takes it along."""
    made = _trade(_entry(quantity="1"), FALL)

    assert _story(made.events)[-2:] == [("OrderFilled", "e-stop"), ("OrderSeen", "e-stop")]
    assert made.broker.slips == {}


def test_a_stop_grows_with_its_entry() -> None:
    """Half filled, half protected; filled, protected whole."""
    once = _trade(_entry(quantity="2"), FLAT).broker
    twice = _trade(once, FLAT).broker

    assert once.slips["e-stop"].order.quantity == 1
    assert twice.slips["e-stop"].order.quantity == 2


def test_a_stop_that_has_sold_gets_a_successor() -> None:
    """What the entry buys afterwards is protected by another stop, and no trade id comes twice."""
    first = _trade(_entry(quantity="3"), FALL)
    second = _trade(first.broker, FLAT)
    third = _trade(second.broker, FALL)
    fills = [
        event
        for made in (first, second, third)
        for event in made.events
        if isinstance(event, ev.OrderFilled)
    ]

    assert "e-stop-2" in second.broker.slips
    assert len({fill.trade_id for fill in fills}) == len(fills)
    assert sum(f.quantity if f.side == "buy" else -f.quantity for f in fills) >= 0


def test_a_cancelled_order_trades_no_more() -> None:
    """It ends once; a second cancel finds nothing."""
    made = cancel(_entry(quantity="1"), "e", at_us=1)

    assert _story(made.events) == [("OrderSeen", "e")]
    assert _trade(made.broker, FLAT).events == ()
    assert cancel(made.broker, "e", at_us=1).events == ()
