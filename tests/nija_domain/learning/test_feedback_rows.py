"""The journal's fills and closed trades become rows, whole and numbered."""

from decimal import Decimal

import msgspec

from nija_domain.events.records import BarClosed, OrderFilled, TradeClosed
from nija_domain.learning.feedback import feedback_rows

FILLED = OrderFilled(
    at_us=1_000_000,
    order_id="o1",
    trade_id="t1",
    symbol="BTC/USD",
    side="buy",
    quantity=Decimal("0.00012"),
    price=Decimal("64123.4"),
    fee=Decimal("0.0308"),
    release_id="r1",
    position_id="trend/BTC/USD/core/1",
    fee_asset="USD",
)
CLOSED = TradeClosed(
    at_us=2_000_000,
    symbol="BTC/USD",
    opened_us=1_000_000,
    quantity=Decimal("0.00012"),
    entry_price=Decimal("64123.4"),
    exit_price=Decimal(64200),
    gross=Decimal("0.009192"),
    fees=Decimal("0.0616"),
    regime="Bull",
    config_id="trend:BTC/USD:aggressive",
    release_id="r1",
    position_id="trend/BTC/USD/core/1",
    reason="stop",
)


def test_fills_and_trades_keep_their_fields() -> None:
    """A row is its event and the event's number; other events leave no row."""
    fills, trades = feedback_rows([(7, FILLED), (8, BarClosed(at_us=3, ts_us=2)), (9, CLOSED)])

    for row, sequence, event in ((fills[0], 7, FILLED), (trades[0], 9, CLOSED)):
        told = msgspec.structs.asdict(event)
        kept = {name: told[name] for name in row.__struct_fields__ if name != "sequence"}

        assert msgspec.structs.asdict(row) == {"sequence": sequence, **kept}
    assert (len(fills), len(trades)) == (1, 1)
