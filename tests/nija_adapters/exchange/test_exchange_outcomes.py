"""Answers that get lost or spoilt after the venue has acted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from traceback import format_exception
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from nija_adapters.exchange.answers import read_accepted_id, read_order
from nija_adapters.exchange.kraken import KrakenExchange
from nija_adapters.exchange.outcomes import failed_act, failed_read
from nija_adapters.exchange.settings import ExchangeSettings
from nija_domain.errors import (
    DeadlineRefused,
    FundsRefused,
    OutcomeUnknown,
    StepsRefused,
    VenueRefused,
    VenueUnreachable,
)
from nija_domain.market.timeframes import HOUR_US
from nija_domain.trading.reports import PlacedOrder
from simulator.settings import SIMULATOR_API_KEY, SIMULATOR_API_SECRET

HTML = b"<html><body>502 Bad Gateway</body></html>"


def http(status: str, body: bytes, *, kind: str = "text/html") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


LOST_ANSWERS = {
    "dropped": b"",
    "half": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{",
    "bad gateway": http("502 Bad Gateway", HTML),
    "cloudflare": http("520 Web Server Returned an Unknown Error", HTML),
    "html with 200": http("200 OK", HTML),
    "empty with 200": http("200 OK", b""),
    "no result": http("200 OK", b'{"error":[]}', kind="application/json"),
    "no id": http("200 OK", b'{"error":[],"result":{}}', kind="application/json"),
    "busy": http("200 OK", b'{"error":["EService:Busy"]}', kind="application/json"),
    "internal": http("200 OK", b'{"error":["EGeneral:Internal error"]}', kind="application/json"),
}


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length")
    ]
    return head + await reader.readexactly(sum(lengths))


@asynccontextmanager
async def proxy(venue_url: str, *, lost: str, answer: bytes | None) -> AsyncIterator[str]:
    """A way to the venue on which the answers to one method are replaced, or never come."""
    address = urlsplit(venue_url)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await read_request(reader)
                up_reader, up_writer = await asyncio.open_connection(address.hostname, address.port)
                up_writer.write(request)
                reply = await read_request(up_reader)
                up_writer.close()
                if lost.encode() not in request.split(b"\r\n", 1)[0]:
                    writer.write(reply)
                elif answer is None:
                    await asyncio.sleep(30)
                else:
                    writer.write(answer)
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def settings_for(url: str, *, timeout_ms: int = 10_000) -> ExchangeSettings:
    return ExchangeSettings(
        api_url=url,
        api_key=SIMULATOR_API_KEY,
        secret=SIMULATOR_API_SECRET,
        timeout_ms=timeout_ms,
        private_per_second=1_000.0,
        public_per_second=1_000.0,
    )


def entry(client_id: str) -> PlacedOrder:
    return PlacedOrder(
        client_id=client_id,
        symbol="BTC/USD",
        side="buy",
        quantity=Decimal("0.001"),
        stop_price=Decimal(1_000),
    )


async def place_and_look(exchange: KrakenExchange, client_id: str) -> str:
    with pytest.raises(OutcomeUnknown):
        await exchange.place_order(entry(client_id))
    found = await exchange.find_order(client_id)

    assert found is not None
    return found.venue_id


@pytest.mark.parametrize("name", LOST_ANSWERS)
def test_an_order_whose_answer_is_lost_is_unknown_and_then_found(venue_url: str, name: str) -> None:
    """Accepted by the venue, it is neither reported as refused nor sent again."""
    client_id = f"lost-{list(LOST_ANSWERS).index(name)}"

    async def talk() -> None:
        async with proxy(venue_url, lost="AddOrder", answer=LOST_ANSWERS[name]) as url:
            exchange = KrakenExchange(settings_for(url))
            venue_id = await place_and_look(exchange, client_id)
            orders = await exchange.fetch_orders(since_us=0)
            await exchange.close()

            assert [o.venue_id for o in orders if o.client_id == client_id] == [venue_id]

    asyncio.run(talk())


def test_an_order_that_times_out_is_unknown_and_then_found(venue_url: str) -> None:
    """Silence proves nothing."""

    async def talk() -> None:
        async with proxy(venue_url, lost="AddOrder", answer=None) as url:
            exchange = KrakenExchange(settings_for(url, timeout_ms=400))
            await place_and_look(exchange, "silence")
            await exchange.close()

    asyncio.run(talk())


def test_a_cancel_whose_answer_is_lost_is_unknown_and_the_order_is_gone(venue_url: str) -> None:
    """Only a look at the order tells."""

    async def talk() -> None:
        async with proxy(venue_url, lost="CancelOrder", answer=b"") as url:
            exchange = KrakenExchange(settings_for(url))
            large = PlacedOrder(
                client_id="lost-cancel",
                symbol="ETH/USD",
                side="buy",
                quantity=Decimal(50),
                stop_price=None,
            )
            venue_id = await exchange.place_order(large)
            with pytest.raises(OutcomeUnknown):
                await exchange.cancel_order(venue_id)
            found = await exchange.find_order("lost-cancel")
            await exchange.close()

            assert found is not None
            assert found.status == "canceled"

    asyncio.run(talk())


@pytest.mark.parametrize("name", ["dropped", "bad gateway", "no result", "internal"])
def test_no_failure_tells_the_key(venue_url: str, name: str) -> None:
    """Neither its sentence nor the traceback that a log keeps has key, secret or signature."""

    async def talk() -> str:
        async with proxy(venue_url, lost="Order", answer=LOST_ANSWERS[name]) as url:
            exchange = KrakenExchange(settings_for(url))
            with pytest.raises(OutcomeUnknown) as failed_order:
                await exchange.place_order(entry(f"told-{list(LOST_ANSWERS).index(name)}"))
            with pytest.raises(VenueUnreachable) as failed_question:
                await exchange.fetch_open_orders()
            await exchange.close()
        failures = (failed_order.value, failed_question.value)
        return "".join(line for each in failures for line in format_exception(each))

    told = asyncio.run(talk())

    assert "place order told-" in told
    assert SIMULATOR_API_KEY not in told
    assert SIMULATOR_API_SECRET not in told
    assert "API-Sign" not in told


@pytest.mark.parametrize("name", ["dropped", "html with 200", "no id"])
def test_a_question_whose_answer_is_lost_may_be_asked_again(venue_url: str, name: str) -> None:
    """Reading has no effect, so no outcome is unknown."""

    async def talk() -> None:
        async with proxy(venue_url, lost="OpenOrders", answer=LOST_ANSWERS[name]) as url:
            exchange = KrakenExchange(settings_for(url))
            with pytest.raises(VenueUnreachable):
                await exchange.fetch_orders(since_us=0)
            cash = (await exchange.fetch_balances()).totals.get("USD", 0)
            await exchange.close()

            assert cash > 0

    asyncio.run(talk())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('kraken {"error":["EOrder:Insufficient funds"]}', FundsRefused),
        ('kraken {"error":["EService:Deadline elapsed"]}', DeadlineRefused),
        ('kraken {"error":["EOrder:Unknown order"]}', VenueRefused),
        ('kraken {"error":["EGeneral:Invalid arguments:volume minimum not met"]}', StepsRefused),
        ('kraken {"error":["EOrder:Tick size check failed"]}', StepsRefused),
        ('kraken {"error":["EService:Unavailable"]}', OutcomeUnknown),
        ('kraken {"error":["EOrder:Insufficient funds","EService:Busy"]}', OutcomeUnknown),
        ('kraken {"error":["EOrder:Something new"]}', OutcomeUnknown),
        ('kraken {"error":[]}', OutcomeUnknown),
        ('kraken {"error":"EOrder:Insufficient funds"}', OutcomeUnknown),
        ("kraken POST 502 EOrder:Insufficient funds", OutcomeUnknown),
        ("", OutcomeUnknown),
    ],
)
def test_only_a_text_on_the_list_proves_a_refusal(text: str, expected: type) -> None:
    """All else is unknown, words that merely look like a refusal included."""
    assert type(failed_act(Exception(text), act="place order a")) is expected


def test_an_order_that_comes_after_its_deadline_is_refused_and_is_not_there(
    venue_url: str,
) -> None:
    """Nothing is unknown, and the kind of the refusal tells that a clock is wrong."""

    async def talk() -> None:
        exchange = KrakenExchange(settings_for(venue_url))
        late = replace(entry("late"), deadline_us=await exchange.fetch_time_us() - HOUR_US)
        with pytest.raises(DeadlineRefused, match="Deadline elapsed"):
            await exchange.place_order(late)
        found = await exchange.find_order("late")
        await exchange.close()

        assert found is None

    asyncio.run(talk())


def test_a_question_is_refused_for_good_only_where_asking_again_is_vain() -> None:
    """A rate limit passes, a wrong key does not."""
    wrong_key = Exception('kraken {"error":["EAPI:Invalid key"]}')
    too_fast = Exception('kraken {"error":["EAPI:Rate limit exceeded"]}')

    assert type(failed_read(wrong_key, method="Balance")) is VenueRefused
    assert type(failed_read(too_fast, method="Balance")) is VenueUnreachable


@pytest.mark.parametrize(
    "close", ["", "close position @ stop loss 999.0", "close position @ take profit 1000.0", "?"]
)
def test_an_accepted_entry_without_its_stop_is_never_taken_for_whole(close: str) -> None:
    """A naked entry is the worst that an exchange can silently do."""
    result = {"txid": ["O1"], "descr": {"order": "buy", "close": close}}
    with pytest.raises(OutcomeUnknown, match="may have no stop"):
        read_accepted_id(result, order=entry("naked"))


def _reported_order(status: str) -> dict[str, object]:
    described = {"ordertype": "market", "pair": "XBTUSD", "type": "buy", "price": "0"}
    return {"descr": described, "status": status, "vol": "1", "vol_exec": "0"}


@pytest.mark.parametrize(
    ("expected", "status"),
    [
        ("pending", "open"),
        ("open", "open"),
        ("closed", "filled"),
        ("canceled", "canceled"),
        ("expired", "expired"),
    ],
)
def test_each_status_of_the_venue_has_a_word_of_ours(expected: str, status: str) -> None:
    """Kraken documents these five."""
    assert read_order("V", order=_reported_order(expected), symbols={}).status == status


def test_a_status_that_we_do_not_know_ends_no_order() -> None:
    """It was booked as an end before, under whatever word the venue had used."""
    with pytest.raises(VenueUnreachable, match="'triggered' as an order's status"):
        read_order("V", order=_reported_order("triggered"), symbols={})
