"""Feedback is stored exactly, once per journal number, all or nothing."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from nija_adapters.lake.lake import Lake
from nija_domain.errors import EventInvalid
from nija_domain.learning.feedback import FillRow, TradeRow

FILL = FillRow(
    sequence=7,
    at_us=1_000_000,
    order_id="o1",
    trade_id="t1",
    symbol="BTC/USD",
    side="buy",
    quantity=Decimal("12345678901234567890.123456789012"),
    price=Decimal("1E+5"),
    fee=Decimal("-0.000000000001"),
    release_id="r1",
)
TRADE = TradeRow(
    sequence=9,
    at_us=2_000_000,
    opened_us=1_000_000,
    symbol="BTC/USD",
    quantity=Decimal("0.00012"),
    entry_price=Decimal("64123.4"),
    exit_price=Decimal(64200),
    gross=Decimal("0.009192"),
    fees=Decimal(0),
    regime="Bull",
    config_id="trend:BTC/USD:aggressive",
    release_id='it\'s "r1"',
)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with Lake(tmp_path / "lake") as lake:
        yield lake


def _fill(sequence: int) -> FillRow:
    return msgspec.structs.replace(FILL, sequence=sequence)


def test_rows_come_back_exactly(lake: Lake) -> None:
    """Decimals of 38 digits and texts with quotes are read as they were written."""
    assert lake.feedback_sequence() == 0
    assert lake.append_feedback([FILL], [TRADE]) == 2
    snapshot = lake.snapshot()

    assert lake.read_fills(snapshot=snapshot) == [FILL]
    assert lake.read_trades(snapshot=snapshot) == [TRADE]
    assert lake.feedback_sequence() == 9


def test_the_same_stretch_twice_writes_nothing(lake: Lake) -> None:
    """Overlapping stretches of the journal leave each row once, and no needless snapshot."""
    lake.append_feedback([_fill(1), _fill(2)], [])
    snapshot = lake.snapshot()

    assert lake.append_feedback([_fill(1), _fill(2)], []) == 0
    assert lake.snapshot() == snapshot
    assert lake.append_feedback([_fill(2), _fill(4), _fill(3)], [TRADE]) == 3
    assert [row.sequence for row in lake.read_fills(snapshot=lake.snapshot())] == [1, 2, 3, 4]
    assert [row.sequence for row in lake.read_fills(snapshot=snapshot)] == [1, 2]


def test_another_journal_is_refused(lake: Lake) -> None:
    """One journal number cannot stand for two fills."""
    lake.append_feedback([FILL], [])
    other = msgspec.structs.replace(FILL, price=Decimal("100000.01"))

    with pytest.raises(EventInvalid, match=r"lake\.fills .* journal number \(7\)"):
        lake.append_feedback([other, _fill(8)], [])
    with pytest.raises(EventInvalid, match="another journal"):
        lake.append_feedback([_fill(9), msgspec.structs.replace(other, sequence=9)], [])
    assert lake.read_fills(snapshot=lake.snapshot()) == [FILL]


def test_what_would_be_rounded_is_refused(lake: Lake) -> None:
    """A number without an exact place is an error, and nothing beside it is stored."""
    for value in ("0.0000000000000000001", "100000000000000000000000000", "NaN", "Infinity"):
        trade = msgspec.structs.replace(TRADE, gross=Decimal(value))
        with pytest.raises(EventInvalid, match=r"gross .* no place"):
            lake.append_feedback([FILL], [trade])

    assert lake.read_fills(snapshot=lake.snapshot()) == []
