"""The venue's stream in the words of Kraken's WebSocket v2: money as numbers, time as text."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from nija_domain.market.timeframes import SECOND_US
from simulator import dialect
from simulator.dialect import Json, Quote
from simulator.frames import Frame
from simulator.listings import Listing
from simulator.orders import Happening, VenueOrder

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_PERCENT = Decimal("0.01")


def encode(message: Json) -> str:
    return _ENCODER.encode(message).decode()


def timestamp(at_us: int) -> str:
    whole, rest_us = divmod(at_us, SECOND_US)
    moment = datetime.fromtimestamp(whole, tz=UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest_us:06d}Z"


def status(*, connection_id: int, system: str) -> Json:
    about = {
        "version": "2.0.10",
        "system": system,
        "api_version": "v2",
        "connection_id": connection_id,
    }
    return {"channel": "status", "type": "update", "data": [about]}


def ticker(quote: Quote, *, listing: Listing) -> Json:
    """The numbers of the ticker that REST tells, and the change since the running bar opened."""
    first, last = Decimal(quote.open), Decimal(quote.last)
    return {
        "symbol": listing.instrument.symbol,
        "bid": Decimal(quote.bid),
        "bid_qty": 1,
        "ask": Decimal(quote.ask),
        "ask_qty": 1,
        "last": last,
        "volume": Decimal(quote.volume),
        "vwap": last,
        "low": Decimal(quote.low),
        "high": Decimal(quote.high),
        "change": last - first,
        "change_pct": (100 * (last - first) / first).quantize(_PERCENT),
    }


def running_candle(frame: Frame, *, listing: Listing, now_us: int) -> Json | None:
    so_far = frame.so_far(now_us)
    if so_far is None:
        return None
    return _candle(so_far.ts_us, so_far[1:], frame=frame, listing=listing)


def closed_candle(frame: Frame, *, listing: Listing, open_us: int) -> Json:
    bar = frame.closed(open_us, open_us + frame.timeframe_us).bar(0)
    return _candle(open_us, bar, frame=frame, listing=listing)


def execution(happening: Happening, *, listing: Listing) -> Json:
    """One report of the account's stream; a trade brings the fill's own fields with it."""
    order, trade = happening.order, happening.trade
    report = open_order(order, listing=listing) | {
        "exec_type": happening.kind,
        "timestamp": timestamp(happening.at_us),
    }
    if happening.kind == "pending_new":
        report["order_status"] = "pending_new"
    if happening.kind == "canceled":
        report |= {"reason": order.reason, "cancel_reason": order.reason}
    if trade is not None:
        report |= {
            "exec_id": trade.trade_id,
            "trade_id": trade.number,
            "last_qty": trade.quantity,
            "last_price": trade.price,
            "cost": trade.quantity * trade.price,
            "liquidity_ind": "m" if trade.kind == "limit" else "t",
            "fees": [{"asset": "USD", "qty": trade.fee}],
        }
    return report


def open_order(order: VenueOrder, *, listing: Listing) -> Json:
    """An order as a snapshot tells it."""
    ticket = order.ticket
    average = order.cost / order.filled if order.filled else Decimal(0)
    report: Json = {
        "order_id": order.txid,
        "order_userref": 0,
        "symbol": ticket.symbol,
        "side": ticket.side,
        "order_type": ticket.kind,
        "order_qty": ticket.quantity,
        "cum_qty": order.filled,
        "cum_cost": order.cost,
        "avg_price": average.quantize(listing.instrument.tick_size),
        "fee_usd_equiv": order.fee,
        "fee_ccy_pref": "fciq",
        "time_in_force": "GTC",
        "exec_type": "new",
        "order_status": _order_status(order),
        "timestamp": timestamp(order.opened_us),
    }
    if ticket.client_id is not None:
        report["cl_ord_id"] = ticket.client_id
    if order.parent_txid is not None:
        report["order_ref_id"] = order.parent_txid
    return report | _prices(order)


def _prices(order: VenueOrder) -> Json:
    ticket, prices = order.ticket, Json()
    if ticket.kind == "limit":
        prices |= {"limit_price": ticket.price, "limit_price_type": "static"}
    if ticket.kind == "stop-loss":
        prices["stop_price"] = ticket.price
        prices["triggers"] = {
            "reference": "last",
            "price": ticket.price,
            "price_type": "static",
            "status": "triggered" if order.is_triggered else "untriggered",
        }
    if ticket.close_price is not None:
        prices["contingent"] = {
            "order_type": "stop-loss",
            "trigger_price": ticket.close_price,
            "trigger_price_type": "static",
        }
    return prices


def _order_status(order: VenueOrder) -> str:
    if order.status == "open":
        return "partially_filled" if order.filled else "new"
    return "filled" if order.status == "closed" else order.status


def _candle(ts_us: int, numbers: tuple[float, ...], *, frame: Frame, listing: Listing) -> Json:
    row = dialect.candle(ts_us, numbers, decimals=listing.price_decimals)
    first, high, low, close, vwap, volume = (Decimal(str(text)) for text in row[1:7])
    return {
        "symbol": listing.instrument.symbol,
        "open": first,
        "high": high,
        "low": low,
        "close": close,
        "trades": row[7],
        "volume": volume,
        "vwap": vwap,
        "interval_begin": timestamp(ts_us),
        "interval": frame.minutes,
        "timestamp": timestamp(ts_us + frame.timeframe_us),
    }
