"""Reads Kraken's answers as records of the domain; amounts are read from text, never as floats."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from nija_domain.errors import OutcomeUnknown, VenueRefused, VenueUnreachable
from nija_domain.events.records import ReportedStatus, Side
from nija_domain.market.candles import Candle
from nija_domain.market.instruments import Instrument
from nija_domain.market.timeframes import SECOND_US
from nija_domain.market.trades import TradePrints
from nija_domain.trading.reports import FillReport, OrderReport, PlacedOrder

Json = Mapping[str, Any]

PrintRow = tuple[int, float, float]
"""When, at which price and how much, by the trade's number."""

_STATUSES: dict[str, ReportedStatus] = {
    "pending": "open",
    "open": "open",
    "closed": "filled",
    "canceled": "canceled",
    "expired": "expired",
}


def read_instrument(symbol: str, *, market: Json) -> Instrument:
    """One traded pair, from Kraken's list of pairs."""
    info = market["info"]
    tick_size = info.get("tick_size")
    return Instrument(
        symbol=symbol,
        base=str(market["base"]),
        quote=str(market["quote"]),
        tick_size=read_amount(tick_size) if tick_size else _step(info["pair_decimals"]),
        lot_size=_step(info["lot_decimals"]),
        min_quantity=read_amount(info["ordermin"]),
        min_notional=read_amount(info["costmin"]),
        taker_fee_rate=read_amount(info["fees"][0][1]) / 100,
    )


def read_candle(symbol: str, *, row: list[Any]) -> Candle:
    """One candle, from Kraken's row: time, open, high, low, close, average, volume, count."""
    try:
        ts_us = int(row[0]) * SECOND_US
        first, high, low, close = (float(text) for text in row[1:5])
        return Candle(symbol, ts_us, first, high, low, close, float(row[6]))
    except (TypeError, ValueError, IndexError) as error:
        raise VenueRefused(
            f"the venue sent a candle of {symbol} that cannot be read ({str(row)[:200]});"
            " ask again later, or remove the symbol from the universe"
        ) from error


def read_print(row: list[Any]) -> tuple[int, PrintRow]:
    """One trade of anybody, from Kraken's row: price, volume, time, side, kind, misc, number."""
    at_us = int(read_amount(row[2]) * SECOND_US)
    return int(row[6]), (at_us, float(row[0]), float(row[1]))


def read_prints(
    symbol: str, trades: dict[int, PrintRow], *, from_us: int, until_us: int
) -> TradePrints:
    """Trades of a time span, in the order of the venue's numbers, which is that of time."""
    rows = [trades[number] for number in sorted(trades)]
    inside = [row for row in rows if from_us <= row[0] < until_us]
    return TradePrints(
        symbol=symbol,
        at_us=np.array([at_us for at_us, _, _ in inside], dtype=np.int64),
        price=np.array([price for _, price, _ in inside], dtype=np.float64),
        quantity=np.array([quantity for _, _, quantity in inside], dtype=np.float64),
    )


def read_side(text: str) -> Side:
    """Buy or sell."""
    if text == "buy":
        return "buy"
    if text == "sell":
        return "sell"
    raise ValueError(f"side {text!r} is neither buy nor sell")


def read_order(venue_id: str, *, order: Json, symbols: Mapping[str, str]) -> OrderReport:
    """One order as Kraken reports it."""
    described = order["descr"]
    kind = str(described["ordertype"])
    return OrderReport(
        venue_id=venue_id,
        client_id=order.get("cl_ord_id"),
        parent_venue_id=order.get("refid"),
        symbol=symbols.get(described["pair"], str(described["pair"])),
        side=read_side(described["type"]),
        kind=kind,
        status=_read_status(order["status"]),
        quantity=read_amount(order["vol"]),
        filled_quantity=read_amount(order["vol_exec"]),
        trigger_price=_trigger(described["price"]) if kind.startswith("stop-loss") else None,
    )


def _trigger(text: object) -> Decimal | None:
    """None where it follows the market, such as -5%: no order of ours has such a trigger."""
    is_relative = str(text).startswith(("+", "-", "#")) or str(text).endswith("%")
    return None if is_relative else read_amount(text)


def _read_status(text: object) -> ReportedStatus:
    """An unknown status does not count as an end: the order is asked for again."""
    status = _STATUSES.get(str(text))
    if status is None:
        raise VenueUnreachable(
            f"the venue wrote {text!r} as an order's status, which Nija does not know; ask again"
            " later"
        )
    return status


def read_fill(trade_id: str, *, trade: Json, symbols: Mapping[str, str]) -> FillReport:
    """One fill as Kraken reports it."""
    return FillReport(
        trade_id=trade_id,
        venue_id=str(trade["ordertxid"]),
        symbol=symbols.get(trade["pair"], str(trade["pair"])),
        side=read_side(trade["type"]),
        quantity=read_amount(trade["vol"]),
        price=read_amount(trade["price"]),
        fee=read_amount(trade["fee"]),
        at_us=round(read_amount(trade["time"]) * SECOND_US),
    )


def format_moment(at_us: int) -> str:
    """A moment as Kraken reads it, in UTC with milliseconds."""
    whole_s, rest_us = divmod(at_us, SECOND_US)
    text = datetime.fromtimestamp(whole_s, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest_us // 1_000:03d}Z"


def read_accepted_id(result: Json, *, order: PlacedOrder) -> str:
    """Kraken's id of an accepted order, after checking that it took the stop as well."""
    match result:
        case {"txid": [str(venue_id)], "descr": {"order": str()} as described}:
            close = str(described.get("close", ""))
        case _:
            raise OutcomeUnknown(
                f"the venue answered order {order.client_id} without an id;"
                " look it up by its client id, do not send it again"
            )
    if order.stop_price is not None and not _shows_stop(close, price=order.stop_price):
        raise OutcomeUnknown(
            f"the venue took order {order.client_id} as {venue_id}, but describes its stop as"
            f" {close!r}, not at {order.stop_price}; the position may have no stop: check it at the"
            " venue now"
        )
    return venue_id


def _shows_stop(close: str, *, price: Decimal) -> bool:
    kind, _, text = close.rpartition(" ")
    try:
        return kind.endswith("stop loss") and Decimal(text) == price
    except InvalidOperation:
        return False


def read_amount(text: object) -> Decimal:
    """An amount as the venue writes it; raises `VenueUnreachable` for anything else."""
    try:
        amount = Decimal(str(text))
    except InvalidOperation as error:
        raise VenueUnreachable(
            f"the venue wrote {text!r} where an amount was expected; ask again later"
        ) from error
    if not amount.is_finite():
        raise VenueUnreachable(f"the venue wrote the amount {text!r}; ask again")
    return amount


def _step(decimals: object) -> Decimal:
    return Decimal(1).scaleb(-int(str(decimals)))
