"""The real Kraken client, with our own nonces, rate limits and checks.

ccxt transports and signs the requests with every amount as text, because its unified orders would
pass them through floats. No request is ever sent twice.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import structlog

from nija_adapters.exchange import answers, rows
from nija_adapters.exchange.answers import Json, PrintRow
from nija_adapters.exchange.client import open_client
from nija_adapters.exchange.lanes import Lane
from nija_adapters.exchange.outcomes import failed_act, failed_read
from nija_adapters.exchange.settings import ExchangeSettings
from nija_adapters.exchange.steps import check_steps
from nija_domain.errors import (
    NijaError,
    OutcomeUnknown,
    SettingsInvalid,
    StepsRefused,
    VenueRefused,
    VenueUnreachable,
)
from nija_domain.market.candles import Candle, CandleHistory
from nija_domain.market.instruments import Instrument
from nija_domain.market.timeframes import (
    MINUTE_US,
    SECOND_US,
    format_timeframe,
    is_bar_closed,
)
from nija_domain.market.trades import TradePrints, candles_of
from nija_domain.trading.reports import (
    BalanceReport,
    FillReport,
    OddRow,
    OrderReport,
    PlacedOrder,
)

log = structlog.get_logger("exchange")

Read = TypeVar("Read")

PAGE_SIZE = 50
PAGES_MAX = 200
TRADES_A_PAGE = 1_000
TRADE_PAGES_MAX = 2_000
_US_NS = 1_000
_PUBLIC_WIDTH = 8


class KrakenExchange:
    """One account at one venue, in the types and errors of the domain."""

    def __init__(self, settings: ExchangeSettings, *, client: Any = None) -> None:  # noqa: ANN401
        self._settings = settings
        self._client = client if client is not None else open_client(settings)
        self._public = Lane(per_second=settings.public_per_second, width=_PUBLIC_WIDTH)
        # One private request at a time: nonces must arrive in the order in which they were made.
        self._private = Lane(per_second=settings.private_per_second, width=1)
        self._markets: Json | None = None
        self._symbols: dict[str, str] = {}
        self._assets: dict[str, str] = {}

    async def fetch_time_us(self) -> int:
        """The venue's clock."""
        return await self._ask(
            "publicGetTime", {}, read=lambda result: int(result["unixtime"]) * SECOND_US
        )

    async def fetch_instruments(self, symbols: tuple[str, ...]) -> tuple[Instrument, ...]:
        """Those of the symbols that the venue lists now; raises `VenueRefused` if there is none."""
        markets = await self._read_markets()
        listed = [symbol for symbol in symbols if symbol in markets]
        if not listed:
            raise VenueRefused(f"the venue lists none of {', '.join(symbols)}; correct symbols")
        found: list[Instrument] = []
        for symbol in listed:
            try:
                found.append(await self._instrument(symbol))
            except NijaError as error:
                if len(listed) == 1:
                    raise
                log.warning("a pair cannot be read and is left out", symbol=symbol, why=str(error))
        return tuple(found)

    async def fetch_candles(
        self, symbol: str, *, timeframe_us: int, since_us: int, now_us: int
    ) -> list[Candle]:
        """The closed candles from `since_us` on; the venue keeps the last 720 only."""
        if timeframe_us % MINUTE_US:
            raise SettingsInvalid(
                f"the venue has no candles of {format_timeframe(timeframe_us)}, only of whole"
                " minutes; correct timeframe in [pipelines]"
            )
        pair = (await self._market(symbol))["id"]
        fields = {
            "pair": pair,
            "interval": timeframe_us // MINUTE_US,
            "since": max(0, since_us // SECOND_US - 1),
        }

        def read(result: Json) -> list[Candle]:
            rows = [answers.read_candle(symbol, row=row) for row in result[pair]]
            last_us = int(result["last"]) * SECOND_US
            return [
                candle
                for candle in rows
                if since_us <= candle.ts_us <= last_us
                and is_bar_closed(candle.ts_us, timeframe_us=timeframe_us, now_us=now_us)
            ]

        return await self._ask("publicGetOHLC", fields, read=read)

    async def fetch_history(
        self, symbol: str, *, timeframe_us: int, from_us: int, until_us: int
    ) -> CandleHistory:
        """The bars of a time span that is too old for candles, rebuilt from trades."""
        trades = await self.fetch_trades(symbol, from_us=from_us, until_us=until_us)
        return candles_of(trades, timeframe_us=timeframe_us, from_us=from_us, until_us=until_us)

    async def fetch_trades(self, symbol: str, *, from_us: int, until_us: int) -> TradePrints:
        """Everybody's trades in a time span, page by page; they reach further back than candles."""
        pair = (await self._market(symbol))["id"]
        trades: dict[int, PrintRow] = {}
        since_ns = from_us * _US_NS
        for _ in range(TRADE_PAGES_MAX):
            # The last nanosecond is asked for again: a page may end between two trades of it.
            fields = {"pair": pair, "since": max(0, since_ns - 1), "count": TRADES_A_PAGE}
            page, last_ns = await self._ask(
                "publicGetTrades",
                fields,
                read=lambda result: (
                    dict(map(answers.read_print, result[pair])),
                    int(result["last"]),
                ),
            )
            fresh = page.keys() - trades.keys()
            trades |= page
            if not fresh or last_ns >= until_us * _US_NS:
                return answers.read_prints(symbol, trades, from_us=from_us, until_us=until_us)
            since_ns = last_ns
        raise VenueUnreachable(
            f"{symbol} traded more than {TRADE_PAGES_MAX * TRADES_A_PAGE} times in this stretch;"
            " ask for a shorter one"
        )

    async def fetch_balances(self) -> BalanceReport:
        """All that the account holds, by our names of the assets."""
        return await self._ask(
            "privatePostBalanceEx",
            {},
            read=lambda result: rows.read_balances(result, assets=self._assets),
        )

    async def place_order(self, order: PlacedOrder) -> str:
        """Send a market order or a stop, with what it brings; returns the venue's id.

        Fees are asked for in the quote asset, whatever the account prefers.
        """
        self._check_may_act(f"place order {order.client_id}")
        instrument = await self._instrument(order.symbol)
        check_steps(order, instrument=instrument)
        fields: dict[str, Any] = {
            "pair": (await self._market(order.symbol))["id"],
            "type": order.side,
            "ordertype": "market",
            "volume": f"{order.quantity:f}",
            "cl_ord_id": order.client_id,
            "oflags": "fciq",
        }
        if order.trigger_price is not None:
            fields |= {"ordertype": "stop-loss", "price": f"{order.trigger_price:f}"}
        if order.deadline_us is not None:
            fields["deadline"] = answers.format_moment(order.deadline_us)
        if order.stop_price is not None:
            fields["close"] = {"ordertype": "stop-loss", "price": f"{order.stop_price:f}"}
        result = await self._act(
            "privatePostAddOrder", fields, act=f"place order {order.client_id}"
        )
        return answers.read_accepted_id(result, order=order)

    async def cancel_order(self, venue_id: str) -> None:
        """Cancel the order with this id of the venue."""
        self._check_may_act(f"cancel order {venue_id}")
        act = f"cancel order {venue_id}"
        result = await self._act("privatePostCancelOrder", {"txid": venue_id}, act=act)
        if str(result.get("count")) != "1":
            raise OutcomeUnknown(
                f"the venue answered the cancelling of {venue_id} with {result!r};"
                " look at the order before anything else"
            )

    async def fetch_orders(self, *, since_us: int) -> list[OrderReport | OddRow]:
        """Open orders, then those closed since; in this order none can be missed."""
        still_open = await self._open_orders({})
        fields = {"start": max(0, since_us // SECOND_US)}
        closed = await self._pages(
            "privatePostClosedOrders", fields, of="closed", read=self._read_order
        )
        return list({**still_open, **closed}.values())

    async def fetch_open_orders(self) -> list[OrderReport | OddRow]:
        """Those that wait at the venue now."""
        return list((await self._open_orders({})).values())

    async def find_order(self, client_id: str) -> OrderReport | None:
        """The order with our id: searched among the open ones, then among the closed ones."""
        found = await self._open_orders({"cl_ord_id": client_id})
        if not found:
            found = await self._pages(
                "privatePostClosedOrders",
                {"cl_ord_id": client_id},
                of="closed",
                read=self._read_order,
            )
        orders = (each for each in found.values() if isinstance(each, OrderReport))
        return next((each for each in orders if each.client_id == client_id), None)

    async def fetch_fills(self, *, since_us: int) -> list[FillReport | OddRow]:
        """The fills since `since_us`, oldest first; then the rows that cannot be read."""
        fields = {"start": max(0, since_us // SECOND_US - 1)}
        found = await self._pages(
            "privatePostTradesHistory", fields, of="trades", read=self._read_fill
        )
        odd = [row for row in found.values() if isinstance(row, OddRow)]
        fills = [row for row in reversed(found.values()) if isinstance(row, FillReport)]
        since = [fill for fill in fills if fill.at_us >= since_us]
        return [*sorted(since, key=lambda fill: fill.at_us), *odd]

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _instrument(self, symbol: str) -> Instrument:
        market = await self._market(symbol)
        try:
            return answers.read_instrument(symbol, market=market)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise failed_read(error, method="AssetPairs") from error

    async def _market(self, symbol: str) -> Json:
        markets = await self._load_markets()
        if symbol not in markets:
            raise StepsRefused(f"the venue lists no {symbol}: it will not be traded")
        market: Json = markets[symbol]
        return market

    async def _load_markets(self) -> Json:
        return await self._read_markets() if self._markets is None else self._markets

    async def _read_markets(self) -> Json:
        async with self._public.turn(urgent=False):
            try:
                markets: Json = await self._client.load_markets(self._markets is not None)
            except Exception as error:
                raise failed_read(error, method="AssetPairs") from error
        for symbol, market in markets.items():
            self._symbols |= {market["id"]: symbol, market["altname"]: symbol}
            codes = market["info"]
            self._assets |= {codes["base"]: market["base"], codes["quote"]: market["quote"]}
        # The coins of a pair that is no longer listed keep their names.
        known = self._client.currencies_by_id or {}
        self._assets |= {code: currency["code"] for code, currency in known.items()}
        self._markets = markets
        return markets

    async def _open_orders(self, fields: Json) -> dict[str, OrderReport | OddRow]:
        return await self._ask(
            "privatePostOpenOrders",
            fields,
            read=lambda result: {
                txid: self._read_order(txid, order) for txid, order in result["open"].items()
            },
        )

    async def _pages(
        self, method: str, fields: Json, *, of: str, read: Callable[[str, Json], Read]
    ) -> dict[str, Read]:
        """All entries of an answer in several pages; one that moves between pages counts once."""
        entries: dict[str, Read] = {}
        for page in range(PAGES_MAX):
            offset = page * PAGE_SIZE
            found, count = await self._ask(
                method,
                {**fields, "ofs": offset},
                read=lambda result: (
                    {key: read(key, entry) for key, entry in result[of].items()},
                    int(result["count"]),
                ),
            )
            entries |= found
            if offset + PAGE_SIZE >= count:
                return entries
        raise VenueUnreachable(
            f"the venue lists more than {PAGES_MAX * PAGE_SIZE} {of}; ask for a shorter time"
        )

    def _read_order(self, venue_id: str, order: Json) -> OrderReport | OddRow:
        return rows.read_order_row(venue_id, order, symbols=self._symbols)

    def _read_fill(self, trade_id: str, trade: Json) -> FillReport | OddRow:
        return rows.read_fill_row(trade_id, trade, symbols=self._symbols)

    def _check_may_act(self, act: str) -> None:
        if self._settings.dry_run:
            raise VenueRefused(f"DRY_RUN is on: did not {act}; switch it off to trade")
        if not self._settings.api_key:
            raise VenueRefused(f"no api key is set: did not {act}; set one to trade")

    async def _ask(self, method: str, fields: Json, *, read: Callable[[Json], Read]) -> Read:
        """Send a request that only reads; after an error it can be repeated."""
        is_private = method.startswith("private")
        if is_private:
            await self._load_markets()
        lane = self._private if is_private else self._public
        async with lane.turn(urgent=False):
            try:
                return read(await self._send(method, fields))
            except Exception as error:
                raise failed_read(error, method=method) from error

    async def _act(self, method: str, fields: Json, *, act: str) -> Json:
        """Send a request with an effect; it goes before waiting reads."""
        async with self._private.turn(urgent=True):
            try:
                return await self._send(method, fields)
            except Exception as error:
                raise failed_act(error, act=act) from error

    async def _send(self, method: str, fields: Json) -> Json:
        answer = await getattr(self._client, method)(fields)
        if not isinstance(answer, dict) or not isinstance(answer.get("result"), dict):
            raise TypeError(f"no Kraken answer: {str(answer)[:100]!r}")
        result: Json = answer["result"]
        return result
