"""The venue's answers in Kraken's JSON: money as text, time in seconds."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple, Protocol

from nija_domain.market.candles import CandleHistory
from nija_domain.market.timeframes import SECOND_US
from simulator.listings import CASH_ASSET, LOT_DECIMALS, Listing
from simulator.orders import Trade, VenueOrder
from simulator.tape import OpenCandle, Tape

Json = dict[str, object]

CANDLES_MAX = 720
_CASH_DECIMALS = 4
_ASSET_DECIMALS = 10


def money(value: Decimal) -> str:
    return f"{value:f}"


def seconds(at_us: int) -> float:
    return at_us / SECOND_US


class Candles(Protocol):
    """Bars of one length, closed and under way."""

    timeframe_us: int

    def open_us(self, at_us: int) -> int: ...

    def closed(self, from_us: int, until_us: int) -> CandleHistory: ...

    def so_far(self, at_us: int) -> OpenCandle | None: ...


class Quote(NamedTuple):
    """The touch and the running bar, in the texts that REST and stream both tell."""

    bid: str
    ask: str
    last: str
    open: str
    high: str
    low: str
    volume: str


def quote_at(tape: Tape, *, listing: Listing, half_spread: float, now_us: int) -> Quote:
    so_far, decimals = tape.candle_so_far(now_us), listing.price_decimals
    return Quote(
        bid=f"{so_far.close * (1 - half_spread):.{decimals}f}",
        ask=f"{so_far.close * (1 + half_spread):.{decimals}f}",
        last=f"{so_far.close:.{decimals}f}",
        open=f"{so_far.open:.{decimals}f}",
        high=f"{so_far.high:.{decimals}f}",
        low=f"{so_far.low:.{decimals}f}",
        volume=f"{so_far.volume:.{LOT_DECIMALS}f}",
    )


def assets(listings: Iterable[Listing]) -> Json:
    names = {listing.base_asset: listing.base_altname for listing in listings}
    answer: Json = {CASH_ASSET: _asset("USD", decimals=_CASH_DECIMALS)}
    return answer | {name: _asset(alt, decimals=_ASSET_DECIMALS) for name, alt in names.items()}


def candles(frame: Candles, *, listing: Listing, since_us: int, now_us: int) -> Json:
    """The candles after `since_us`, the open one last; never more than Kraken's 720."""
    frame_us, decimals = frame.timeframe_us, listing.price_decimals
    open_us = frame.open_us(now_us)
    since_us = max(since_us - since_us % frame_us, open_us - CANDLES_MAX * frame_us)
    history = frame.closed(since_us + frame_us, open_us)
    rows = [
        candle(int(history.ts_us[row]), history.bar(row), decimals=decimals)
        for row in range(len(history))
    ]
    so_far = frame.so_far(now_us)
    if so_far is not None and so_far.ts_us > since_us:
        rows.append(candle(so_far.ts_us, so_far[1:], decimals=decimals))
    return {listing.pair: rows, "last": (open_us - frame_us) // SECOND_US}


def ticker(quote: Quote) -> Json:
    """The touch around the price now, and the running bar where Kraken tells the running day."""
    return {
        "a": [quote.ask, "1", "1.000"],
        "b": [quote.bid, "1", "1.000"],
        "c": [quote.last, quote.volume],
        "v": [quote.volume, quote.volume],
        "p": [quote.last, quote.last],
        "t": [1, 1],
        "l": [quote.low, quote.low],
        "h": [quote.high, quote.high],
        "o": quote.open,
    }


def order(placed: VenueOrder, *, listing: Listing) -> Json:
    average = placed.cost / placed.filled if placed.filled else Decimal(0)
    answer: Json = {
        "refid": placed.parent_txid,
        "userref": None,
        "cl_ord_id": placed.ticket.client_id,
        "status": placed.status,
        "opentm": seconds(placed.opened_us),
        "starttm": 0,
        "expiretm": 0,
        "descr": describe(placed, listing=listing),
        "vol": f"{placed.ticket.quantity:.{LOT_DECIMALS}f}",
        "vol_exec": f"{placed.filled:.{LOT_DECIMALS}f}",
        "cost": money(placed.cost),
        "fee": money(placed.fee),
        "price": f"{average:.{listing.price_decimals}f}",
        "stopprice": "0.00000",
        "limitprice": "0.00000",
        "misc": "",
        "oflags": "fcib" if placed.ticket.is_fee_in_coins else "fciq",
        "trades": list(placed.trade_ids),
    }
    if placed.status != "open":
        answer |= {"closetm": seconds(placed.closed_us), "reason": placed.reason}
    return answer


def describe(placed: VenueOrder, *, listing: Listing) -> Json:
    """The order in words; the close part is how a client sees that its stop was understood."""
    ticket = placed.ticket
    kind = {"market": "market", "limit": "limit {}", "stop-loss": "stop loss {}"}[ticket.kind]
    words = kind.format(_price(ticket.price, listing=listing))
    close = ""
    if ticket.close_price is not None:
        close = f"close position @ stop loss {_price(ticket.close_price, listing=listing)}"
    return {
        "pair": listing.altname,
        "type": ticket.side,
        "ordertype": ticket.kind,
        "price": _price(ticket.price, listing=listing),
        "price2": "0",
        "leverage": "none",
        "order": f"{ticket.side} {ticket.quantity:.{LOT_DECIMALS}f} {listing.altname} @ {words}",
        "close": close,
    }


def trade(done: Trade, *, listing: Listing) -> Json:
    return {
        "ordertxid": done.txid,
        "trade_id": done.number,
        "pair": listing.pair,
        "time": seconds(done.at_us),
        "type": done.side,
        "ordertype": done.kind,
        "price": money(done.price),
        "cost": money(done.quantity * done.price),
        "fee": money(done.fee),
        "vol": f"{done.quantity:.{LOT_DECIMALS}f}",
        "margin": "0.00000",
        "misc": "",
        "maker": done.kind == "limit",
    }


def candle(ts_us: int, numbers: tuple[float, ...], *, decimals: int) -> list[object]:
    """Kraken's row: time, open, high, low, close, average, volume, count."""
    first, high, low, close, volume = numbers
    texts = [f"{price:.{decimals}f}" for price in (first, high, low, close)]
    middle = f"{(high + low + close) / 3:.{decimals}f}"
    return [ts_us // SECOND_US, *texts, middle, f"{volume:.{LOT_DECIMALS}f}", 1]


def _asset(altname: str, *, decimals: int) -> Json:
    return {
        "aclass": "currency",
        "altname": altname,
        "decimals": decimals,
        "display_decimals": min(decimals, 5),
        "status": "enabled",
    }


def asset_pair(listing: Listing, *, status: str) -> Json:
    instrument = listing.instrument
    fee_percent = float(instrument.taker_fee_rate * 100)
    return {
        "altname": listing.altname,
        "wsname": listing.wsname,
        "aclass_base": "currency",
        "base": listing.base_asset,
        "aclass_quote": "currency",
        "quote": CASH_ASSET,
        "lot": "unit",
        "pair_decimals": listing.price_decimals,
        "cost_decimals": _CASH_DECIMALS,
        "lot_decimals": -int(instrument.lot_size.normalize().as_tuple().exponent),
        "lot_multiplier": 1,
        "leverage_buy": [],
        "leverage_sell": [],
        "fees": [[0, fee_percent]],
        "fees_maker": [[0, fee_percent]],
        "fee_volume_currency": CASH_ASSET,
        "ordermin": money(instrument.min_quantity),
        "costmin": money(instrument.min_notional),
        "tick_size": money(instrument.tick_size),
        "status": status,
    }


def _price(price: Decimal | None, *, listing: Listing) -> str:
    return "0" if price is None else f"{price:.{listing.price_decimals}f}"
