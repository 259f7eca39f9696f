"""One odd row of an answer stops none of the rows beside it."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from nija_adapters.exchange.kraken import KrakenExchange
from nija_adapters.exchange.rows import read_balances, read_order_row
from nija_adapters.exchange.settings import ExchangeSettings
from nija_domain.market.instruments import Instrument
from nija_domain.trading.reports import FillReport, OddRow, OrderReport
from simulator.settings import SIMULATOR_API_SECRET

ORDER: dict[str, Any] = {
    "descr": {"ordertype": "stop-loss", "pair": "XBTUSD", "type": "sell", "price": "90"},
    "status": "open",
    "vol": "1",
    "vol_exec": "0",
    "cl_ord_id": "ours",
}
TRADE: dict[str, Any] = {
    "ordertxid": "O1",
    "pair": "XBTUSD",
    "type": "buy",
    "vol": "1",
    "price": "100",
    "fee": "0.1",
    "time": "1700000000.5",
}
SYMBOLS = {"XBTUSD": "BTC/USD"}


def _with(row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**row, **changes}


@pytest.mark.parametrize("price", ["-5.0000%", "+1%", "#5", "-120"])
def test_d10_a_trigger_that_follows_the_market_is_no_price(price: str) -> None:
    """The order is somebody else's, and is told as such."""
    order = _with(ORDER, descr={**ORDER["descr"], "price": price})
    report = read_order_row("OX", order, symbols=SYMBOLS)

    assert isinstance(report, OrderReport)
    assert report.trigger_price is None


@pytest.mark.parametrize(
    "order",
    [
        {},
        _with(ORDER, descr=None),
        _with(ORDER, descr={}),
        _with(ORDER, status="asleep"),
        _with(ORDER, vol="much"),
        _with(ORDER, vol=None),
        _with(ORDER, descr={**ORDER["descr"], "type": "lend"}),
        "a word",
        None,
    ],
)
def test_d10_an_order_that_cannot_be_read_is_an_odd_row(order: Any) -> None:
    """With its id, and why."""
    row = read_order_row("OX", order, symbols=SYMBOLS)

    assert isinstance(row, OddRow)
    assert (row.what, row.venue_id, bool(row.reason)) == ("order", "OX", True)


class _Answers:
    """A venue that answers from a list; the pairs are Kraken's."""

    def __init__(self, answers: dict[str, Any], markets: dict[str, Any]) -> None:
        self._answers, self.markets = answers, markets
        self.currencies_by_id: dict[str, Any] = {}

    def __getattr__(self, method: str) -> Any:
        async def answer(_: Any) -> Any:
            return {"result": self._answers[method]}

        return answer

    async def load_markets(self, _again: bool = False) -> Any:  # noqa: FBT002
        return self.markets

    async def close(self) -> None:
        return


def _market(symbol: str, **info: Any) -> dict[str, Any]:
    base, _, quote = symbol.partition("/")
    told = {
        "base": f"X{base}",
        "quote": "ZUSD",
        "pair_decimals": 1,
        "lot_decimals": 8,
        "ordermin": "0.0001",
        "costmin": "0.5",
        "fees": [[0, 0.4]],
    }
    return {
        "id": f"X{base}ZUSD",
        "altname": f"{base}USD",
        "base": base,
        "quote": quote,
        "info": told | info,
    }


def _exchange(answers: dict[str, Any], **markets: dict[str, Any]) -> KrakenExchange:
    exchange = KrakenExchange(
        ExchangeSettings(api_url="http://127.0.0.1:9", api_key="k", secret=SIMULATOR_API_SECRET)
    )
    asyncio.run(exchange._client.close())
    known = markets or {"BTC/USD": _market("BTC/USD")}
    exchange._client = _Answers(answers, known)
    return exchange


def test_d10_the_orders_beside_an_odd_one_are_read() -> None:
    """Open orders and closed ones alike; ours is found among them."""
    exchange = _exchange(
        {
            "privatePostOpenOrders": {"open": {"O1": ORDER, "OX": {"odd": True}}},
            "privatePostClosedOrders": {"closed": {"OY": {}}, "count": 1},
        }
    )
    rows = asyncio.run(exchange.fetch_orders(since_us=0))
    found = asyncio.run(exchange.find_order("ours"))

    assert [(type(row), row.venue_id) for row in rows] == [
        (OrderReport, "O1"),
        (OddRow, "OX"),
        (OddRow, "OY"),
    ]
    assert found is not None
    assert found.venue_id == "O1"


def test_d10_the_fills_beside_an_odd_one_are_read() -> None:
    """An odd trade stands behind the others."""
    trades = {"T9": {"ordertxid": "O1"}, "T1": TRADE}
    exchange = _exchange({"privatePostTradesHistory": {"trades": trades, "count": 2}})
    rows = asyncio.run(exchange.fetch_fills(since_us=0))

    assert [type(row) for row in rows] == [FillReport, OddRow]


def _row(balance: str, hold_trade: str = "0") -> dict[str, str]:
    return {"balance": balance, "hold_trade": hold_trade}


def test_balances_have_our_names_and_what_earns_counts_to_its_coin() -> None:
    """A coin that was moved to earn by itself is still there; one that is bound is not."""
    names = {"XXBT": "BTC", "ZUSD": "USD"}
    amounts = {"ZUSD": "10.5", "USD.F": "1", "XXBT": "0", "SOL": "1", "SOL.F": "2", "SOL.S": "4"}
    told = {code: _row(amount) for code, amount in amounts.items()}
    held = read_balances(told, assets={**names, "USD": "USD"})

    assert held.totals == {
        "USD": Decimal("11.5"),
        "SOL": Decimal(3),
        "SOL.S": Decimal(4),
    }
    assert (held.held, held.odd) == ({}, ())


def test_balances_tell_what_open_orders_keep() -> None:
    """It is part of the total; an asset of which nothing is kept is not named."""
    told = {"ZUSD": _row("10"), "SOL": _row("1", "0.75"), "SOL.F": _row("2")}
    read = read_balances(told, assets={"ZUSD": "USD"})

    assert read.totals == {"USD": Decimal(10), "SOL": Decimal(3)}
    assert read.held == {"SOL": Decimal("0.75")}


def test_coins_of_a_pair_that_is_listed_no_more_keep_their_name() -> None:
    """A process that starts after the pair has gone knows them by the list of assets."""
    exchange = _exchange({"privatePostBalanceEx": {"XETH": _row("3"), "XXBT": _row("1")}})
    exchange._client.currencies_by_id = {"XETH": {"code": "ETH"}, "ZUSD": {"code": "USD"}}
    exchange._client.markets["BTC/USD"]["info"]["base"] = "XXBT"
    asyncio.run(exchange.fetch_instruments(("BTC/USD",)))
    held = asyncio.run(exchange.fetch_balances())

    assert held.totals == {"ETH": Decimal(3), "BTC": Decimal(1)}


@pytest.mark.parametrize("row", [_row("NaN"), _row("1", "much"), {"balance": "1"}, "1", None])
def test_an_amount_that_cannot_be_read_leaves_its_asset_out(row: Any) -> None:
    """Not as nothing: it is named."""
    told = {"ZUSD": _row("10"), "XXBT": row}
    held = read_balances(told, assets={"ZUSD": "USD", "XXBT": "BTC"})

    assert (held.totals, held.held) == ({"USD": Decimal(10)}, {})
    assert [(row.what, row.venue_id) for row in held.odd] == [("balance", "BTC")]


def test_the_pairs_are_read_anew_and_an_odd_one_is_left_out() -> None:
    """A precision that changed is seen at the next reading."""
    exchange = _exchange(
        {}, **{"BTC/USD": _market("BTC/USD"), "ETH/USD": _market("ETH/USD", ordermin="few")}
    )

    def read() -> tuple[Instrument, ...]:
        return asyncio.run(exchange.fetch_instruments(("BTC/USD", "ETH/USD")))

    before = read()
    exchange._client.markets["BTC/USD"] = _market("BTC/USD", lot_decimals=4)
    after = read()

    assert [each.symbol for each in before] == ["BTC/USD"]
    assert (before[0].lot_size, after[0].lot_size) == (Decimal("1e-8"), Decimal("1e-4"))
