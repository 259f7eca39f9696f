"""What each method of the venue's API does, with fields in and an answer out."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import takewhile
from typing import NamedTuple, Protocol, TypeVar

from msgspec.structs import replace

from nija_domain.market.timeframes import MINUTE_US, SECOND_US, YEAR_US
from simulator import dialect, refusals
from simulator.acts import Act, Cancel, Place
from simulator.chronicle import Chronicle
from simulator.dialect import Json, Quote
from simulator.engine import Engine
from simulator.faults import FaultBoard
from simulator.frames import Frame
from simulator.listings import Listing
from simulator.orders import VenueOrder
from simulator.prints import PRINTS_MAX, list_prints
from simulator.refusals import Refusal, invalid_argument
from simulator.tape import Tape
from simulator.tickets import read_ticket

PAGE_SIZE = 50

Fields = Mapping[str, str]
Item = TypeVar("Item")


class Clock(Protocol):
    """The venue's time, and whether its world has an end that has come."""

    def now_us(self) -> int: ...
    def is_over(self) -> bool: ...


class Lag(NamedTuple):
    """Until when a look-up shows the account as it was."""

    as_of_us: int
    until_us: int
    totals: dict[str, Decimal]
    held: dict[str, Decimal]


class Venue:
    """The engine brought to the clock's moment before every answer."""

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Clock,
        half_spread: float,
        is_strict: bool,
        faults: FaultBoard,
        chronicle: Chronicle | None,
    ) -> None:
        self.engine = engine
        self._clock = clock
        self._half_spread = half_spread
        self._is_strict = is_strict
        self._faults = faults
        self._chronicle = chronicle
        self.hidden_until_us: dict[str, int] = {}
        self._halted_us: dict[str, int] = {}
        self.lags: dict[str, Lag] = {}
        self._by_name: dict[str, Listing] = {}
        for listing in engine.listings.values():
            self.relist(listing)
        self.public = {
            "Time": self.time,
            "SystemStatus": self.system_status,
            "Assets": self.assets,
            "AssetPairs": self.asset_pairs,
            "Ticker": self.ticker,
            "OHLC": self.ohlc,
            "Trades": self.prints,
        }
        self.private = {
            "Balance": self.balance,
            "BalanceEx": self.balance_ex,
            "AddOrder": self.add_order,
            "CancelOrder": self.cancel_order,
            "OpenOrders": self.open_orders,
            "ClosedOrders": self.closed_orders,
            "QueryOrders": self.query_orders,
            "TradesHistory": self.trades_history,
        }

    def relist(self, listing: Listing) -> None:
        """List a pair, or change its steps and minimums."""
        self.engine.listings[listing.instrument.symbol] = listing
        for name in (listing.pair, listing.altname, listing.wsname):
            self._by_name[name] = listing

    def catch_up(self) -> None:
        self.engine.advance(self._clock.now_us())

    def time(self, _fields: Fields) -> Json:
        now = datetime.fromtimestamp(self.engine.now_us // SECOND_US, tz=UTC)
        text = now.strftime("%a, %d %b %y %H:%M:%S +0000")
        return {"unixtime": self.engine.now_us // SECOND_US, "rfc1123": text}

    def system_status(self, _fields: Fields) -> Json:
        now = datetime.fromtimestamp(self.engine.now_us // SECOND_US, tz=UTC)
        status = "cancel_only" if self._clock.is_over() else "online"
        return {"status": status, "timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def assets(self, _fields: Fields) -> Json:
        return dialect.assets(self.engine.listings.values())

    def asset_pairs(self, _fields: Fields) -> Json:
        pairs: Json = {}
        for symbol, listing in self.engine.listings.items():
            if not self._faults.is_delisted(symbol):
                status = "cancel_only" if self._faults.is_halted(symbol) else "online"
                pairs[listing.pair] = dialect.asset_pair(listing, status=status)
        return pairs

    def ticker(self, fields: Fields) -> Json:
        names = fields["pair"].split(",") if "pair" in fields else list(self._pairs())
        listings = [self._listing(name) for name in names]
        now_us = self.engine.now_us
        return {
            listing.pair: dialect.ticker(self.quote(listing, at_us=now_us)) for listing in listings
        }

    def quote(self, listing: Listing, *, at_us: int) -> Quote:
        tape, half_spread = self._tape(listing), self._half_spread
        return dialect.quote_at(tape, listing=listing, half_spread=half_spread, now_us=at_us)

    def ohlc(self, fields: Fields) -> Json:
        listing = self._listing(fields.get("pair", ""))
        frame = self.frame(listing, minutes=_whole(fields, name="interval", absent=1))
        since_us = _time_us(fields, name="since", absent_us=0)
        now_us = self._last_trade_us(listing)
        return dialect.candles(frame, listing=listing, since_us=since_us, now_us=now_us)

    def frame(self, listing: Listing, *, minutes: int) -> Frame:
        """Candles of any whole number of minutes up to a year, where Kraken knows nine of them."""
        if not 1 <= minutes <= YEAR_US // MINUTE_US:
            raise invalid_argument("interval")
        return Frame(self._tape(listing), timeframe_us=minutes * MINUTE_US)

    def _last_trade_us(self, listing: Listing) -> int:
        """Now, or when a halt was first noticed."""
        now_us, symbol = self.engine.now_us, listing.instrument.symbol
        if self._faults.is_halted(symbol):
            return self._halted_us.setdefault(symbol, now_us)
        return now_us

    def prints(self, fields: Fields) -> Json:
        """Everybody's trades; `since` is in nanoseconds, as the answer's `last` is."""
        listing = self._listing(fields.get("pair", ""))
        return list_prints(
            self._tape(listing),
            listing=listing,
            since_ns=_whole(fields, name="since", absent=0),
            count=min(_whole(fields, name="count", absent=PRINTS_MAX), PRINTS_MAX),
            now_us=self.engine.now_us,
        )

    def balance(self, _fields: Fields) -> Json:
        totals = self.engine.balances.totals
        return {asset: dialect.money(total) for asset, total in totals.items()}

    def _lag(self, kind: str, *, method: str) -> "Lag | None":
        """What a look-up still shows, where it lags behind the engine."""
        now_us = self.engine.now_us
        fault = self._faults.strike((kind,), method=method)
        if fault is not None:
            self.lags[kind] = Lag(now_us, now_us + fault.venue_delay_us, *self._amounts())
        lag = self.lags.get(kind)
        return lag if lag is not None and now_us < lag.until_us else None

    def balance_ex(self, _fields: Fields) -> Json:
        lag = self._lag("lagging_balances", method="BalanceEx")
        totals, held = (lag.totals, lag.held) if lag is not None else self._amounts()
        return {
            asset: {
                "balance": dialect.money(total),
                "hold_trade": dialect.money(held.get(asset, Decimal(0))),
            }
            for asset, total in totals.items()
        }

    def _amounts(self) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
        """What the account holds, and what open orders keep of it."""
        held = self.engine.balances.held(self.engine.open_orders.values())
        return dict(self.engine.balances.totals), held

    def add_order(self, fields: Fields) -> Json:
        if self._clock.is_over():
            raise Refusal(refusals.CANCEL_ONLY)
        listing = self._listing(fields.get("pair", ""))
        if self._faults.is_halted(listing.instrument.symbol):
            raise Refusal(refusals.CANCEL_ONLY)
        ticket = read_ticket(fields, listing=listing, is_strict=self._is_strict)
        if ticket.deadline_us is not None and ticket.deadline_us <= self.engine.now_us:
            raise Refusal(refusals.DEADLINE_ELAPSED)
        judged = self.engine.judge(ticket)
        if fields.get("validate", "false") == "true":
            return {"descr": dialect.describe(judged, listing=listing)}
        late = self._faults.strike(("late_stop",), method="AddOrder")
        if self._faults.strike(("fee_in_coins",), method="AddOrder"):
            # The account's own preference wins over what was asked for.
            ticket = replace(ticket, is_fee_in_coins=True)
        act = Place(ticket=ticket, stop_delay_us=late.venue_delay_us if late is not None else 0)
        self._record(act)
        order = act.carry_out(self.engine)
        lagging = self._faults.strike(("lagging_orders",), method="AddOrder")
        if lagging is not None:
            self.hidden_until_us[order.txid] = self.engine.now_us + lagging.venue_delay_us
        return {"descr": dialect.describe(order, listing=listing), "txid": [order.txid]}

    def cancel_order(self, fields: Fields) -> Json:
        if "cl_ord_id" in fields:
            order = self.engine.find_open(fields["cl_ord_id"])
        else:
            order = self.engine.open_orders.get(fields.get("txid", ""))
        if order is None:
            raise Refusal(refusals.UNKNOWN_ORDER)
        act = Cancel(txid=order.txid)
        self._record(act)
        act.carry_out(self.engine)
        return {"count": 1}

    def open_orders(self, fields: Fields) -> Json:
        found = _of_client(self.engine.open_orders.values(), fields)
        return {"open": self._orders(filter(self._is_visible, found))}

    def closed_orders(self, fields: Fields) -> Json:
        """The newest first, a page of them from the offset on."""
        start_us = _time_us(fields, name="start", absent_us=0)
        newest_first = reversed(self.engine.closed_orders.values())
        recent = takewhile(lambda order: order.closed_us >= start_us, newest_first)
        found = _of_client(filter(self._is_visible, recent), fields)
        return {"closed": self._orders(_page(found, fields)), "count": len(found)}

    def query_orders(self, fields: Fields) -> Json:
        known = self.engine.closed_orders | self.engine.open_orders
        txids = fields.get("txid", "").split(",")
        if any(txid not in known or not self._is_visible(known[txid]) for txid in txids):
            raise Refusal(refusals.UNKNOWN_ORDER)
        return self._orders([known[txid] for txid in txids])

    def trades_history(self, fields: Fields) -> Json:
        """The newest first, a page of those after `start` from the offset on."""
        start_us = _time_us(fields, name="start", absent_us=-1)
        lag = self._lag("lagging_trades", method="TradesHistory")
        newest_us = lag.as_of_us if lag is not None else self.engine.now_us
        newest_first = reversed(self.engine.trades.values())
        since = takewhile(lambda trade: trade.at_us > start_us, newest_first)
        found = [trade for trade in since if trade.at_us <= newest_us]
        listings = self.engine.listings
        trades = {
            trade.trade_id: dialect.trade(trade, listing=listings[trade.symbol])
            for trade in _page(found, fields)
        }
        return {"trades": trades, "count": len(found)}

    def _record(self, act: Act) -> None:
        """On disk before it is carried out, so that nothing is answered that a restart forgets."""
        if self._chronicle is not None:
            self._chronicle.append(act, at_us=self.engine.now_us)

    def _is_visible(self, order: VenueOrder) -> bool:
        """Whether look-ups know of it: a lagging order and its stop are not there yet."""
        if not self.hidden_until_us:
            return True
        until_us = self.hidden_until_us.get(order.parent_txid or order.txid, 0)
        return self.engine.now_us >= until_us

    def _orders(self, orders: Iterable[VenueOrder]) -> Json:
        listings = self.engine.listings
        return {o.txid: dialect.order(o, listing=listings[o.ticket.symbol]) for o in orders}

    def _pairs(self) -> Iterable[str]:
        return (listing.pair for listing in self.engine.listings.values())

    def _listing(self, name: str) -> Listing:
        listing = self._by_name.get(name)
        if listing is None or self._faults.is_delisted(listing.instrument.symbol):
            raise Refusal(refusals.UNKNOWN_PAIR)
        return listing

    def _tape(self, listing: Listing) -> Tape:
        return self.engine.tapes[listing.instrument.symbol]


def _of_client(orders: Iterable[VenueOrder], fields: Fields) -> list[VenueOrder]:
    client_id = fields.get("cl_ord_id")
    return [o for o in orders if client_id is None or o.ticket.client_id == client_id]


def _page(items: list[Item], fields: Fields) -> list[Item]:
    offset = fields.get("ofs", "0")
    if not offset.isdecimal():
        raise invalid_argument("ofs")
    return items[int(offset) : int(offset) + PAGE_SIZE]


def _whole(fields: Fields, *, name: str, absent: int) -> int:
    text = fields.get(name, str(absent))
    if not text.isdecimal():
        raise invalid_argument(name)
    return int(text)


def _time_us(fields: Fields, *, name: str, absent_us: int) -> int:
    if name not in fields:
        return absent_us
    try:
        return int(Decimal(fields[name]) * SECOND_US)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise invalid_argument(name) from error
