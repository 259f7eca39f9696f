"""The real adapter against the faults of the real simulator: every outcome is the right one."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from nija_adapters.exchange.kraken import KrakenExchange
from nija_domain.errors import OutcomeUnknown, VenueRefused, VenueUnreachable
from nija_domain.trading.reports import OrderReport, PlacedOrder
from tests.fakes.venue_process import ask, exchange_at, running_venue

LOOKS_MAX = 400


@pytest.fixture(scope="module")
def faulty_url() -> Iterator[str]:
    with running_venue("--faults", "--speed", "1000", "--cash", "10000000") as url:
        yield url


def entry(client_id: str) -> PlacedOrder:
    return PlacedOrder(
        client_id=client_id,
        symbol="BTC/USD",
        side="buy",
        quantity=Decimal("0.001"),
        stop_price=Decimal(1_000),
    )


def arm(url: str, kind: str, **more: Any) -> None:
    status, answer = ask(f"{url}/faults", {"kind": kind, **more})

    assert status == 200, answer


def fired(url: str, kind: str) -> int:
    report = ask(f"{url}/faults")[1]
    return sum(entry["times"] for entry in report["fired"] if entry["kind"] == kind)


def run(url: str, talk: Callable[[KrakenExchange], Awaitable[None]], **how: Any) -> None:
    async def session() -> None:
        async with exchange_at(url, **how) as exchange:
            await exchange.fetch_balances()
            await talk(exchange)

    asyncio.run(session())


async def found_when(
    exchange: KrakenExchange, client_id: str, *, is_so: Callable[[OrderReport | None], bool]
) -> OrderReport | None:
    for _ in range(LOOKS_MAX):
        report = await exchange.find_order(client_id)
        if is_so(report):
            return report
        await asyncio.sleep(0.02)
    raise AssertionError(f"{client_id} never became so")


# kind, its options, what the adapter must raise, whether the order is there afterwards
OUTCOMES: list[tuple[str, dict[str, Any], type[Exception], bool]] = [
    ("lost_answer", {}, OutcomeUnknown, True),
    ("drop", {}, OutcomeUnknown, False),
    ("error_5xx", {}, OutcomeUnknown, True),
    ("error_5xx", {"acts": False}, OutcomeUnknown, False),
    ("html_200", {}, OutcomeUnknown, True),
    ("html_200", {"acts": False}, OutcomeUnknown, False),
    ("busy", {}, OutcomeUnknown, False),
    ("busy", {"acts": True}, OutcomeUnknown, True),
    ("unavailable", {}, OutcomeUnknown, False),
    ("unavailable", {"acts": True}, OutcomeUnknown, True),
    ("rate_limit", {}, VenueRefused, False),
    ("nonce", {}, VenueRefused, False),
]


@pytest.mark.parametrize("case", range(len(OUTCOMES)))
def test_an_order_that_a_fault_strikes_has_the_right_outcome(faulty_url: str, case: int) -> None:
    """Unknown unless the answer proves that nothing happened; a look-up then tells the truth."""
    kind, options, expected, is_there = OUTCOMES[case]
    before = fired(faulty_url, kind)

    async def talk(exchange: KrakenExchange) -> None:
        arm(faulty_url, kind, method="AddOrder", **options)
        with pytest.raises(expected):
            await exchange.place_order(entry(f"fault-{case}"))
        reports = await exchange.fetch_orders(since_us=0)

        assert [r.client_id for r in reports].count(f"fault-{case}") == int(is_there)
        assert fired(faulty_url, kind) == before + 1

    run(faulty_url, talk)


@pytest.mark.parametrize(
    "kind",
    ["lost_answer", "drop", "error_5xx", "html_200", "busy", "unavailable", "rate_limit", "nonce"],
)
def test_a_question_that_a_fault_strikes_may_be_asked_again(faulty_url: str, kind: str) -> None:
    """No outcome is unknown, since asking has none."""

    async def talk(exchange: KrakenExchange) -> None:
        arm(faulty_url, kind, method="BalanceEx")
        with pytest.raises(VenueUnreachable):
            await exchange.fetch_balances()

        assert (await exchange.fetch_balances()).totals["USD"] > 0

    run(faulty_url, talk)


def test_a_cancel_whose_answer_is_lost_is_unknown_and_has_happened(faulty_url: str) -> None:
    """The stop is gone though nobody said so."""

    async def talk(exchange: KrakenExchange) -> None:
        parent = await exchange.place_order(entry("cancel-lost"))
        await found_when(exchange, "cancel-lost", is_so=lambda r: r.status == "filled")
        reports = await exchange.fetch_orders(since_us=0)
        (stop,) = [r for r in reports if r.parent_venue_id == parent]
        arm(faulty_url, "lost_answer", method="CancelOrder")
        with pytest.raises(OutcomeUnknown):
            await exchange.cancel_order(stop.venue_id)
        after = {r.venue_id: r for r in await exchange.fetch_orders(since_us=0)}

        assert after[stop.venue_id].status == "canceled"

    run(faulty_url, talk)


def test_an_answer_slower_than_the_patience_is_an_unknown_outcome(faulty_url: str) -> None:
    """And the order is there; a patient client gets its answer."""

    async def impatient(exchange: KrakenExchange) -> None:
        arm(faulty_url, "slow", method="AddOrder", delay_ms=1_500)
        with pytest.raises(OutcomeUnknown):
            await exchange.place_order(entry("slow-1"))

        assert await exchange.find_order("slow-1") is not None

    async def patient(exchange: KrakenExchange) -> None:
        arm(faulty_url, "slow", method="AddOrder", delay_ms=300)

        assert await exchange.place_order(entry("slow-2"))

    run(faulty_url, impatient, timeout_ms=500)
    run(faulty_url, patient)


def test_a_lagging_order_is_accepted_at_once_and_found_later(faulty_url: str) -> None:
    """Not found is not proof: it and its stop come into sight together after the lag."""

    async def talk(exchange: KrakenExchange) -> None:
        arm(faulty_url, "lagging_orders", venue_delay_s=1_500)
        placed_us = await exchange.fetch_time_us()
        venue_id = await exchange.place_order(entry("lagging"))
        first_look = await exchange.find_order("lagging")
        found = await found_when(exchange, "lagging", is_so=lambda r: r is not None)
        seen_us = await exchange.fetch_time_us()
        reports = await exchange.fetch_orders(since_us=0)

        assert first_look is None
        assert found.venue_id == venue_id
        assert seen_us - placed_us >= 1_499_000_000
        assert [r.parent_venue_id for r in reports].count(venue_id) == 1

    run(faulty_url, talk)


def test_a_late_stop_leaves_the_entry_naked_until_it_comes(faulty_url: str) -> None:
    """The answer describes the stop all the same: only a look at the orders shows it missing."""

    async def talk(exchange: KrakenExchange) -> None:
        arm(faulty_url, "late_stop", venue_delay_s=1_500)
        venue_id = await exchange.place_order(entry("late"))
        naked = await exchange.fetch_orders(since_us=0)
        for _ in range(LOOKS_MAX):
            reports = await exchange.fetch_orders(since_us=0)
            stops = [r for r in reports if r.parent_venue_id == venue_id]
            if stops:
                break
            await asyncio.sleep(0.02)

        assert venue_id not in {r.parent_venue_id for r in naked}
        assert [(s.kind, s.quantity) for s in stops] == [("stop-loss", Decimal("0.001"))]

    run(faulty_url, talk)
