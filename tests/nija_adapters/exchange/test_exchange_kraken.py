"""The real ccxt client against the real simulator, over real sockets."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from nija_adapters.exchange.kraken import KrakenExchange
from nija_adapters.exchange.settings import ExchangeSettings
from nija_domain.errors import OutcomeUnknown, SettingsInvalid, VenueRefused, VenueUnreachable
from nija_domain.trading.reports import OrderReport, PlacedOrder
from nija_domain.universe.symbols import DEFAULT_SYMBOLS
from simulator.settings import SIMULATOR_API_KEY, SIMULATOR_API_SECRET

BAR_US = 300_000_000
FAR_STOP = Decimal("1000.1")
LOOKS_MAX = 400


def settings_for(url: str, **changes: Any) -> ExchangeSettings:
    known = {
        "api_url": url,
        "api_key": SIMULATOR_API_KEY,
        "secret": SIMULATOR_API_SECRET,
        "private_per_second": 1_000.0,
        "public_per_second": 1_000.0,
    }
    return ExchangeSettings(**{**known, **changes})


def run(talk: Callable[[KrakenExchange], Awaitable[None]], settings: ExchangeSettings) -> None:
    async def session() -> None:
        exchange = KrakenExchange(settings)
        try:
            await talk(exchange)
        finally:
            await exchange.close()

    asyncio.run(session())


def entry(
    client_id: str,
    *,
    quantity: str = "0.01",
    stop: Decimal | None = FAR_STOP,
    symbol: str = "BTC/USD",
) -> PlacedOrder:
    return PlacedOrder(
        client_id=client_id,
        symbol=symbol,
        side="buy",
        quantity=Decimal(quantity),
        stop_price=stop,
    )


def exit_of(client_id: str, *, quantity: Decimal) -> PlacedOrder:
    return PlacedOrder(
        client_id=client_id, symbol="BTC/USD", side="sell", quantity=quantity, stop_price=None
    )


async def order_when(
    exchange: KrakenExchange, client_id: str, *, is_so: Callable[[OrderReport], bool]
) -> OrderReport:
    """The order once it is so; venue time runs, so that asking again is enough."""
    for _ in range(LOOKS_MAX):
        report = await exchange.find_order(client_id)
        if report is not None and is_so(report):
            return report
        await asyncio.sleep(0.02)
    raise AssertionError(f"{client_id} never became so")


async def stop_of(exchange: KrakenExchange, parent: str) -> OrderReport:
    reports = await exchange.fetch_orders(since_us=0)
    (stop,) = [report for report in reports if report.parent_venue_id == parent]
    return stop


def test_instruments_and_candles_come_in_the_domains_words(venue_url: str) -> None:
    """Steps are exact, candles are closed ones in order, and the next question gets only news."""

    async def talk(exchange: KrakenExchange) -> None:
        now_us = await exchange.fetch_time_us()
        instruments = await exchange.fetch_instruments(DEFAULT_SYMBOLS)
        histories = await asyncio.gather(
            *(
                exchange.fetch_candles(s, timeframe_us=BAR_US, since_us=0, now_us=now_us)
                for s in DEFAULT_SYMBOLS
            )
        )
        candles = histories[0]
        news = await exchange.fetch_candles(
            "BTC/USD", timeframe_us=BAR_US, since_us=candles[-1].ts_us, now_us=now_us
        )

        assert [i.symbol for i in instruments] == list(DEFAULT_SYMBOLS)
        assert instruments[0].tick_size == Decimal("0.1")
        assert instruments[0].lot_size == Decimal("1e-8")
        assert instruments[0].taker_fee_rate == Decimal("0.0026")
        assert [len(history) >= 718 for history in histories] == [True] * 9
        assert {b.ts_us - a.ts_us for a, b in pairwise(candles)} == {BAR_US}
        assert now_us - 2 * BAR_US < candles[-1].ts_us <= now_us - BAR_US
        assert news == candles[-1:]

    run(talk, settings_for(venue_url))


def test_a_life_of_a_position(venue_url: str) -> None:
    """Bought with a stop, found by its parent, the stop cancelled, sold, and paid for exactly."""

    async def talk(exchange: KrakenExchange) -> None:
        started_us = await exchange.fetch_time_us()
        cash_before = (await exchange.fetch_balances()).totals["USD"]
        venue_id = await exchange.place_order(entry("life-in"))
        bought = await order_when(exchange, "life-in", is_so=lambda r: r.status == "filled")
        stop = await stop_of(exchange, venue_id)
        with pytest.raises(VenueRefused, match="Insufficient funds"):
            await exchange.place_order(exit_of("life-too-soon", quantity=bought.quantity))
        await exchange.cancel_order(stop.venue_id)
        await exchange.place_order(exit_of("life-out", quantity=bought.quantity))
        sold = await order_when(exchange, "life-out", is_so=lambda r: r.status == "filled")
        fills = await exchange.fetch_fills(since_us=started_us)
        own = [fill for fill in fills if fill.venue_id in (venue_id, sold.venue_id)]
        signs = [1 if fill.side == "sell" else -1 for fill in own]
        paid = sum(s * f.quantity * f.price - f.fee for s, f in zip(signs, own, strict=True))

        assert bought.venue_id == venue_id
        assert stop.client_id is None
        assert (stop.kind, stop.side, stop.status) == ("stop-loss", "sell", "open")
        assert (stop.quantity, stop.trigger_price) == (Decimal("0.01"), FAR_STOP)
        assert (await stop_of(exchange, venue_id)).status == "canceled"
        assert (await exchange.fetch_balances()).totals["USD"] == cash_before + paid
        assert own == sorted(own, key=lambda fill: fill.at_us)

    run(talk, settings_for(venue_url))


def test_a_large_entry_fills_bit_by_bit_and_its_stop_grows_with_it(venue_url: str) -> None:
    """The book gives 1 % of each walk's volume; in the end all is bought and all is protected."""

    async def talk(exchange: KrakenExchange) -> None:
        venue_id = await exchange.place_order(entry("large", quantity="0.9"))
        first = await order_when(exchange, "large", is_so=lambda r: r.filled_quantity > 0)
        await order_when(exchange, "large", is_so=lambda r: r.status == "filled")
        fills = await exchange.fetch_fills(since_us=0)
        stop = await stop_of(exchange, venue_id)

        assert first.status == "open"
        assert first.filled_quantity < Decimal("0.9")
        assert sum(f.quantity for f in fills if f.venue_id == venue_id) == Decimal("0.9")
        assert stop.quantity == Decimal("0.9")

    run(talk, settings_for(venue_url))


def test_many_orders_and_fills_come_whole_though_the_venue_pages_them(venue_url: str) -> None:
    """Kraken gives 50 at a time."""

    async def talk(exchange: KrakenExchange) -> None:
        names = [f"page-{number}" for number in range(60)]
        placed = [entry(n, quantity="0.001", stop=None, symbol="ETH/USD") for n in names]
        venue_ids = await asyncio.gather(*(exchange.place_order(order) for order in placed))
        await order_when(exchange, names[-1], is_so=lambda r: r.status == "filled")
        reports = await exchange.fetch_orders(since_us=0)
        fills = await exchange.fetch_fills(since_us=0)

        assert set(names) <= {report.client_id for report in reports}
        assert set(venue_ids) <= {fill.venue_id for fill in fills}

    run(talk, settings_for(venue_url))


REFUSED = {
    "EOrder:Insufficient funds": entry("refused-1", quantity="100000"),
    "is under 0.00005": entry("refused-2", quantity="0.00001"),
    "is under": entry("refused-3", quantity="-1"),
    "no multiple of 0.1": entry("refused-4", stop=Decimal("1000.15")),
    "EGeneral:Invalid arguments:cl_ord_id": entry("refused-5-whose-name-is-too-long"),
    "lists no NONE/USD": entry("refused-6", symbol="NONE/USD"),
}


def test_a_refused_order_is_said_to_be_refused_and_is_not_there(venue_url: str) -> None:
    """A refusal is proof: nothing of the order is found afterwards."""

    async def talk(exchange: KrakenExchange) -> None:
        for words, order in REFUSED.items():
            with pytest.raises(VenueRefused, match=words):
                await exchange.place_order(order)

            assert await exchange.find_order(order.client_id) is None

    run(talk, settings_for(venue_url))


def test_an_unknown_order_can_not_be_cancelled(venue_url: str) -> None:
    """The venue refuses, which proves that nothing rests under that id."""

    async def talk(exchange: KrakenExchange) -> None:
        with pytest.raises(VenueRefused, match="EOrder:Unknown order"):
            await exchange.cancel_order("ONONE-NONEN-NONENO")

    run(talk, settings_for(venue_url))


def test_a_client_id_of_an_open_order_is_refused_and_the_first_one_lives_on(
    venue_url: str,
) -> None:
    """Sending twice buys once while the first is open."""

    async def talk(exchange: KrakenExchange) -> None:
        first = await exchange.place_order(entry("twin", quantity="2"))
        with pytest.raises(VenueRefused, match="cl_ord_id"):
            await exchange.place_order(entry("twin", quantity="2"))
        found = await exchange.find_order("twin")
        await exchange.cancel_order(first)

        assert found is not None
        assert found.venue_id == first

    run(talk, settings_for(venue_url))


def test_a_wrong_secret_is_refused_for_reading_and_for_trading(venue_url: str) -> None:
    """It will not get better by asking again."""

    async def talk(exchange: KrakenExchange) -> None:
        with pytest.raises(VenueRefused, match="EAPI:Invalid signature"):
            await exchange.fetch_balances()
        with pytest.raises(VenueRefused, match="EAPI:Invalid signature"):
            await exchange.place_order(entry("unsigned"))

    run(talk, settings_for(venue_url, secret="d3Jvbmc="))  # noqa: S106


def test_a_stale_nonce_refuses_an_order_and_lets_a_question_be_asked_again(
    venue_url: str,
) -> None:
    """Another user of the key may have been ahead: provably nothing happened."""

    async def talk(exchange: KrakenExchange) -> None:
        growing = exchange._client.nonce
        exchange._client.nonce = lambda: 1
        with pytest.raises(VenueRefused, match="EAPI:Invalid nonce"):
            await exchange.place_order(entry("stale"))
        with pytest.raises(VenueUnreachable, match="EAPI:Invalid nonce"):
            await exchange.fetch_balances()
        exchange._client.nonce = growing

        assert await exchange.find_order("stale") is None

    run(talk, settings_for(venue_url))


def test_questions_and_orders_at_once_never_cross_their_nonces(venue_url: str) -> None:
    """Sixty private requests in flight together are all answered."""

    async def talk(exchange: KrakenExchange) -> None:
        answers = await asyncio.gather(*(exchange.fetch_balances() for _ in range(60)))

        assert len(answers) == 60

    run(talk, settings_for(venue_url))


def test_dry_run_sends_nothing(venue_url: str) -> None:
    """Every mutating call is refused here, every question is answered."""

    async def talk(exchange: KrakenExchange) -> None:
        with pytest.raises(VenueRefused, match="DRY_RUN"):
            await exchange.place_order(entry("dry"))
        with pytest.raises(VenueRefused, match="DRY_RUN"):
            await exchange.cancel_order("O")

        assert await exchange.find_order("dry") is None

    run(talk, settings_for(venue_url, dry_run=True))


def test_a_venue_that_is_down_is_unreachable() -> None:
    """No connection was made, so an order provably has no effect either."""

    async def talk(exchange: KrakenExchange) -> None:
        with pytest.raises(VenueUnreachable):
            await exchange.fetch_time_us()
        with pytest.raises(VenueUnreachable):
            await exchange.place_order(entry("down"))

    run(talk, settings_for("http://127.0.0.1:9"))


def test_a_venue_that_goes_down_between_two_requests_had_no_effect(venue_url: str) -> None:
    """The order's own connection is refused: nothing was sent."""

    async def talk(exchange: KrakenExchange) -> None:
        await exchange.fetch_instruments(("BTC/USD",))
        exchange._client.urls["api"]["private"] = "http://127.0.0.1:9"
        with pytest.raises(VenueUnreachable, match="nothing was sent"):
            await exchange.place_order(entry("down-later"))

    run(talk, settings_for(venue_url))


def test_only_a_simulator_on_this_machine_may_stand_in_for_the_venue() -> None:
    """A key must not be sent to another host by a typing error."""
    for url in ("http://example.com", "https://127.0.0.1", "http://127.0.0.1.example.com"):
        with pytest.raises(SettingsInvalid, match="api_url"):
            ExchangeSettings(api_url=url)


def test_settings_never_show_their_secret() -> None:
    """Neither in a log line nor in a traceback."""
    shown = repr(ExchangeSettings(api_key="canary-key", secret="canary-secret"))  # noqa: S106

    assert "canary" not in shown


def test_without_a_key_nothing_is_sent(venue_url: str) -> None:
    """The refusal names the remedy, and no symbol freezes for it."""

    async def talk(exchange: KrakenExchange) -> None:
        with pytest.raises(VenueRefused, match="no api key is set"):
            await exchange.place_order(entry("keyless"))

    run(talk, settings_for(venue_url, api_key=""))


def test_outcome_unknown_is_not_a_refusal() -> None:
    """Who catches refusals does not catch the unknown."""
    assert not issubclass(OutcomeUnknown, VenueRefused)
