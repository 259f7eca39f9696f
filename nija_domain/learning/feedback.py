"""Fills and closed trades as rows for the lake."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeVar

import msgspec

from nija_domain.events.records import JournalEvent, OrderFilled, TradeClosed


class FillRow(msgspec.Struct, frozen=True, kw_only=True):
    """One fill, numbered by its place in the journal."""

    sequence: int
    at_us: int
    order_id: str
    trade_id: str
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    release_id: str


class TradeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One round trip, numbered by the place in the journal where it closed."""

    sequence: int
    at_us: int
    opened_us: int
    symbol: str
    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal
    gross: Decimal
    fees: Decimal
    regime: str
    config_id: str
    release_id: str


Row = TypeVar("Row", FillRow, TradeRow)


def feedback_rows(
    events: Iterable[tuple[int, JournalEvent]],
) -> tuple[list[FillRow], list[TradeRow]]:
    """The fills and closed trades among these journal events."""
    fills, trades = [], []
    for sequence, event in events:
        match event:
            case OrderFilled():
                fills.append(_row_of(event, FillRow, sequence))
            case TradeClosed():
                trades.append(_row_of(event, TradeRow, sequence))
    return fills, trades


def _row_of(event: OrderFilled | TradeClosed, kind: type[Row], sequence: int) -> Row:
    """Those fields of the event that the lake's table has."""
    told = {name: getattr(event, name) for name in kind.__struct_fields__ if name != "sequence"}
    return kind(sequence=sequence, **told)


def count_new(trades: Iterable[TradeRow], release_id: str, *, since_us: int) -> int:
    """The trades of a release that no training has used yet.

    A release that was rolled back, or never promoted, has used all trades before it too.
    """
    return sum(trade.release_id == release_id and trade.at_us >= since_us for trade in trades)
