"""The simulated venue in this process, and everything that an auditor can see there."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from nija_domain.market.timeframes import SECOND_US
from simulator import faults as venue_faults
from simulator.faults import FaultBoard
from simulator.orders import VenueOrder
from simulator.refusals import BUSY, CANCEL_ONLY, INVALID_NONCE, RATE_LIMIT, UNAVAILABLE, Refusal
from simulator.tape import Tape
from simulator.venue import Venue
from storm.course import Course
from storm.feed import Feed
from storm.moments import Moments
from storm.stage import SYMBOLS, engine_of, market_of
from storm.troubles import Spell

if TYPE_CHECKING:
    from simulator.engine import Engine

Json = dict[str, object]

LOOK_US = 10 * SECOND_US

WORDS = {
    "busy": BUSY,
    "unavailable": UNAVAILABLE,
    "rate_limit": RATE_LIMIT,
    "nonce": INVALID_NONCE,
    "cancel_only": CANCEL_ONLY,
}


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """An order of the executor that the venue took, with what the account was worth then."""

    at_us: int
    txid: str
    client_id: str
    symbol: str
    side: str
    kind: str
    quantity: Decimal
    price: Decimal
    equity: Decimal
    inventory: Decimal
    stop_price: Decimal | None


class VenueSide:
    """One venue for the whole storm, whichever process talks to it."""

    def __init__(self, course: Course, moments: Moments) -> None:
        self.moments = moments
        self.board = FaultBoard()
        self.feed = Feed()
        self.engine: Engine = engine_of(
            course.market,
            is_thin=course.is_thin,
            is_close_per_fill=course.is_close_per_fill,
            candles=market_of(course.market),
        )
        self.venue = Venue(
            self.engine,
            clock=moments,
            half_spread=2e-4,
            is_strict=True,
            faults=self.board,
            chronicle=None,
        )
        self.accepted: list[Accepted] = []
        self.cancelled: list[tuple[int, str]] = []
        self.asked_us: list[int] = []
        """When orders came, taken or not."""
        self.hidden: set[Spell] = set()
        self._ours: set[str] = set()
        self._symbols = {
            name: symbol
            for symbol, listing in self.engine.listings.items()
            for name in (listing.pair, listing.altname)
        }

    def answer(self, method: str, fields: Mapping[str, str]) -> Json:
        """What the venue answers to the executor; raises `Refusal`."""
        self.venue.catch_up()
        found = self.venue.public.get(method) or self.venue.private.get(method)
        if found is None:
            raise Refusal("EGeneral:Unknown method")
        before = self._worth(fields) if method == "AddOrder" else None
        if method == "AddOrder":
            self.asked_us.append(self.engine.now_us)
        result = found(fields)
        if method == "AddOrder" and before is not None:
            self._note_order(result, fields, *before)
        if method == "CancelOrder":
            self.cancelled.append((self.engine.now_us, fields.get("txid", "")))
        self._note_hidden()
        return self._shown(result) if method == "OHLC" else result

    def is_ours(self, order: VenueOrder) -> bool:
        return order.txid in self._ours or order.parent_txid in self._ours

    def arm(self, kind: str, *, seconds: int = 0, count: int = 1) -> None:
        fault = venue_faults.Fault(kind=kind, count=count, venue_delay_s=seconds)
        self.board.arm(fault)

    def close_pair(self, symbol: str, *, kind: str) -> None:
        self.board.close_pair(venue_faults.Fault(kind=kind, symbol=symbol))

    def inventory(self, symbol: str) -> Decimal:
        """What there is of what the executor's own orders brought, by the venue's trades."""
        held = Decimal(0)
        orders = self.engine.open_orders | self.engine.closed_orders
        for trade in self.engine.trades.values():
            if trade.symbol == symbol and self.is_ours(orders[trade.txid]):
                held += trade.quantity if trade.side == "buy" else -trade.quantity
                held -= trade.fee_coins
        there = self.engine.balances.totals.get(self.engine.listings[symbol].base_asset)
        return max(Decimal(0), min(held, there or Decimal(0)))

    def equity(self) -> Decimal:
        totals = self.engine.balances.totals
        listings = self.engine.listings
        coins = (
            totals.get(listings[symbol].base_asset, Decimal(0)) * self.engine.price_now(symbol)
            for symbol in SYMBOLS
        )
        return totals["ZUSD"] + sum(coins, start=Decimal(0))

    def traded_lately(self) -> bool:
        """Whether the executor may not have looked since the newest trade."""
        self.venue.catch_up()
        newest = next(reversed(self.engine.trades.values()), None)
        return newest is not None and self.moments.now_us() - newest.at_us < LOOK_US

    def tape(self, symbol: str) -> Tape:
        return self.engine.tapes[symbol]

    def _note_hidden(self) -> None:
        """While look-ups do not show what the venue has done, nobody can mend it."""
        trades = self.venue.lags.get("lagging_trades")
        if trades is not None:
            self._hide("lagging_trades", trades.as_of_us, trades.until_us)
        orders = self.engine.open_orders | self.engine.closed_orders
        for txid, until_us in self.venue.hidden_until_us.items():
            order = orders[txid]
            self._hide("lagging_orders", order.opened_us, until_us, order.ticket.symbol)

    def _hide(self, kind: str, from_us: int, until_us: int, symbol: str | None = None) -> None:
        origin_us = self.moments.origin_us
        begin_s, end_s = ((at - origin_us) / SECOND_US for at in (from_us, until_us))
        self.hidden.add(Spell(kind, begin_s, end_s, symbol))

    def _worth(self, fields: Mapping[str, str]) -> tuple[Decimal, Decimal, Decimal] | None:
        symbol = self._symbols.get(fields.get("pair", ""))
        if symbol is None:
            return None
        return self.engine.price_now(symbol), self.equity(), self.inventory(symbol)

    def _note_order(
        self,
        result: Json,
        fields: Mapping[str, str],
        price: Decimal,
        equity: Decimal,
        inventory: Decimal,
    ) -> None:
        stop = fields.get("close[price]") or fields.get("price")
        (txid,) = msgspec.convert(result["txid"], tuple[str])
        self._ours.add(txid)
        self.accepted.append(
            Accepted(
                at_us=self.engine.now_us,
                txid=txid,
                client_id=fields.get("cl_ord_id", ""),
                symbol=self._symbols[fields["pair"]],
                side=fields["type"],
                kind=fields["ordertype"],
                quantity=Decimal(fields["volume"]),
                price=price,
                equity=equity,
                inventory=inventory,
                stop_price=Decimal(stop) if stop else None,
            )
        )

    def _shown(self, result: Json) -> Json:
        now_s = self.engine.now_us / 1e6
        return {
            key: self.feed.shown(self._symbols[key], value, now_s=now_s)
            if isinstance(value, list)
            else value
            for key, value in result.items()
        }
