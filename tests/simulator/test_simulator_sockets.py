"""The stream over real sockets, heard by plain WebSockets and by the real ccxt.pro client."""

import asyncio
import importlib
import importlib.util
import signal
from collections.abc import Awaitable, Callable, Iterator
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

from nija_adapters.exchange.loading import load_exchange_class
from simulator.settings import SIMULATOR_API_KEY, SIMULATOR_API_SECRET
from tests.fakes.venue_process import ask, greeting_of, running_venue, start_venue

BAR_MS = 300_000
STOP = {"close": {"ordertype": "stop-loss", "price": "1000.5"}}


@pytest.fixture(scope="module")
def stream_url() -> Iterator[str]:
    with running_venue("--faults", "--speed", "1000", "--cash", "10000000") as url:
        yield url


def open_pro_client(url: str) -> Any:
    """The real `ccxt.pro.kraken`, loaded without its hundred neighbours."""
    load_exchange_class("kraken")
    spec = importlib.util.find_spec("ccxt")
    path = f"{spec.submodule_search_locations[0]}/pro/kraken.py"
    spec = importlib.util.spec_from_file_location("ccxt_pro_kraken", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    key = {"apiKey": SIMULATOR_API_KEY, "secret": SIMULATOR_API_SECRET}
    client = module.kraken(key | {"enableRateLimit": False})
    client.timeout_on_exit = 0
    socket_url = url.replace("http:", "ws:")
    client.urls["api"] |= dict.fromkeys(("public", "private"), url)
    client.urls["api"]["ws"] |= {
        "publicV2": f"{socket_url}/v2",
        "privateV2": f"{socket_url}/v2/private",
    }
    client.options["maxRetriesOnFailure"] = 0
    return client


def run_pro(url: str, talk: Callable[[Any], Awaitable[None]]) -> None:
    async def session() -> None:
        client = open_pro_client(url)
        try:
            await asyncio.wait_for(talk(client), timeout=30)
        finally:
            await client.close()

    asyncio.run(session())


def run_plain(
    url: str, talk: Callable[[aiohttp.ClientWebSocketResponse], Awaitable[None]], *, door: str
) -> None:
    async def session() -> None:
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(f"{url}{door}") as socket,
        ):
            await asyncio.wait_for(talk(socket), timeout=30)

    asyncio.run(session())


def test_the_status_greets_and_a_ping_is_answered(stream_url: str) -> None:
    """The first message says that the venue is online, before anything is asked."""

    async def talk(socket: aiohttp.ClientWebSocketResponse) -> None:
        status = await socket.receive_json()
        await socket.send_json({"method": "ping", "req_id": 101})
        pong = await socket.receive_json()

        assert (status["channel"], status["type"]) == ("status", "update")
        assert status["data"][0]["system"] == "online"
        assert (pong["method"], pong["req_id"]) == ("pong", 101)

    run_plain(stream_url, talk, door="/v2")


def test_a_quiet_subscription_hears_the_heart_beat() -> None:
    """Where venue time crawls there is no news, and the line still shows that it lives."""

    async def talk(socket: aiohttp.ClientWebSocketResponse) -> None:
        await socket.send_json(
            {"method": "subscribe", "params": {"channel": "ticker", "symbol": ["BTC/USD"]}}
        )
        channels = [(await socket.receive_json()).get("channel") for _ in range(4)]

        assert channels == ["status", None, "ticker", "heartbeat"]

    with running_venue("--speed", "0.001", "--history-bars", "10", "--future-bars", "10") as url:
        run_plain(url, talk, door="/v2")


def test_what_is_no_request_does_not_end_the_session(stream_url: str) -> None:
    """It is refused, and the next one is answered."""

    async def talk(socket: aiohttp.ClientWebSocketResponse) -> None:
        await socket.receive_json()
        await socket.send_str("hello")
        refused = await socket.receive_json()
        await socket.send_json({"method": "ping"})

        assert refused["error"] == "Malformed request"
        assert (await socket.receive_json())["method"] == "pong"

    run_plain(stream_url, talk, door="/v2/private")


def test_ccxt_hears_prices_and_candles_that_follow_venue_time(stream_url: str) -> None:
    """The candles that have closed equal those of REST, bar after bar."""

    async def talk(client: Any) -> None:
        ticker = await client.watch_ticker("BTC/USD")
        seen: dict[int, list[float]] = {}
        while len(seen) < 4:
            for row in await client.watch_ohlcv("BTC/USD", "5m"):
                seen[int(row[0])] = [float(number) for number in row[1:]]
        rest = {row[0]: row[1:] for row in await client.fetch_ohlcv("BTC/USD", "5m")}
        times = sorted(seen)

        assert ticker["bid"] < ticker["last"] < ticker["ask"]
        assert [b - a for a, b in pairwise(times)] == [BAR_MS] * 3
        assert all(seen[time] == rest[time] for time in times[1:-1])

    run_pro(stream_url, talk)


def test_ccxt_hears_of_its_orders_and_fills(stream_url: str) -> None:
    """An open order comes as a snapshot, a new one and its stop as they happen."""

    async def talk(client: Any) -> None:
        resting = await client.create_order("ETH/USD", "limit", "buy", 0.01, 100)
        orders = {order["id"]: order for order in await client.watch_orders("ETH/USD")}
        snapshot = set(orders)
        fills = asyncio.create_task(client.watch_my_trades("ETH/USD"))
        placed = await client.create_order("ETH/USD", "market", "buy", 0.01, None, STOP)
        while orders.get(placed["id"], {}).get("status") != "closed" or len(orders) < 3:
            orders |= {order["id"]: order for order in await client.watch_orders("ETH/USD")}
        (fill,) = await fills
        (stop,) = [o for o in orders.values() if o["info"].get("order_ref_id") == placed["id"]]

        assert snapshot == {resting["id"]}
        assert (fill["order"], fill["amount"]) == (placed["id"], 0.01)
        assert (stop["type"], stop["triggerPrice"], stop["amount"]) == ("stop-loss", 1000.5, 0.01)

    run_pro(stream_url, talk)


def test_a_venue_that_is_stopped_ends_though_someone_listens() -> None:
    """The listener's line is closed, and the exit is clean."""
    process = start_venue("--history-bars", "10", "--future-bars", "10")
    url = greeting_of(process)["listening"]

    async def talk(socket: aiohttp.ClientWebSocketResponse) -> None:
        await socket.receive_json()
        process.send_signal(signal.SIGTERM)

        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSED

    run_plain(url, talk, door="/v2")
    _, complaints = process.communicate()

    assert (process.returncode, complaints) == (0, "")


def test_a_wrong_token_is_refused(stream_url: str) -> None:
    """Nothing of the account is told."""

    async def talk(socket: aiohttp.ClientWebSocketResponse) -> None:
        await socket.receive_json()
        params = {"channel": "executions", "token": "stolen"}
        await socket.send_json({"method": "subscribe", "params": params})

        assert (await socket.receive_json())["error"] == "ESession:Invalid session"

    run_plain(stream_url, talk, door="/v2/private")


def test_a_cut_ends_every_socket_and_ccxt_comes_back(stream_url: str) -> None:
    """The watcher hears of it as an error, and a new watch is a new connection."""

    async def watch_until_cut(client: Any) -> None:
        while True:
            await client.watch_ticker("BTC/USD")

    async def talk(client: Any) -> None:
        await client.watch_ticker("BTC/USD")
        status, report = ask(f"{stream_url}/faults", {"kind": "socket_cut"})
        with pytest.raises(importlib.import_module("ccxt.base.errors").NetworkError):
            await watch_until_cut(client)
        again = await client.watch_ticker("BTC/USD")

        assert status == 200
        assert report["fired"] == [{"kind": "socket_cut", "method": "WebSocket", "times": 1}]
        assert again["last"] > 0

    run_pro(stream_url, talk)
