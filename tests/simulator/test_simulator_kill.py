"""The venue is killed again and again on one home; what it answered stays true."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from nija_adapters.exchange.kraken import KrakenExchange
from nija_domain.errors import NijaError, VenueUnreachable
from nija_domain.trading.reports import FillReport, OrderReport, PlacedOrder
from tests.fakes.venue_process import ask, exchange_at, greeting_of, running_venue, start_venue

ROUNDS = 4
ORDERS_MAX = 25


def entry(client_id: str) -> PlacedOrder:
    return PlacedOrder(
        client_id=client_id,
        symbol="BTC/USD",
        side="buy",
        quantity=Decimal("0.3"),
        stop_price=Decimal(1_000),
    )


class Doom(NamedTuple):
    """At which order, and how long after it was sent, the venue is killed."""

    order: int
    delay_s: float
    kill: Callable[[], None]


class Memory:
    """What the venue has ever answered."""

    def __init__(self) -> None:
        self.time_us = 0
        self.accepted: dict[str, str] = {}
        self.unanswered: list[str] = []
        self.fills: dict[str, FillReport] = {}


async def order_until_killed(
    exchange: KrakenExchange, memory: Memory, *, name: str, doom: Doom
) -> None:
    """Orders one after another; the kill comes while the last of them is under way."""
    for number in range(doom.order + 1_000):
        client_id = f"{name}-{number}"
        memory.unanswered.append(client_id)
        if number == doom.order:
            asyncio.get_running_loop().call_later(doom.delay_s, doom.kill)
        memory.accepted[client_id] = await exchange.place_order(entry(client_id))
        memory.unanswered.pop()
        if number % 5 == 0:
            memory.fills |= {f.trade_id: f for f in await exchange.fetch_fills(since_us=0)}
            memory.time_us = await exchange.fetch_time_us()


async def check(exchange: KrakenExchange, memory: Memory) -> None:
    time_us = await exchange.fetch_time_us()
    orders: list[OrderReport] = await exchange.fetch_orders(since_us=0)
    fills = {f.trade_id: f for f in await exchange.fetch_fills(since_us=0)}
    mine = {o.client_id: o.venue_id for o in orders if o.client_id is not None}
    stops = {o.parent_venue_id for o in orders if o.parent_venue_id is not None}

    assert time_us >= memory.time_us
    assert memory.accepted.items() <= mine.items()
    assert set(mine) - set(memory.accepted) <= set(memory.unanswered)
    assert memory.fills.items() <= fills.items()
    assert {fill.venue_id for fill in fills.values()} >= stops
    memory.accepted |= mine


async def check_nonces(exchange: KrakenExchange) -> None:
    """What an earlier life has used is refused in this one."""
    growing = exchange._client.nonce
    exchange._client.nonce = lambda: 1
    with pytest.raises(VenueUnreachable, match="EAPI:Invalid nonce"):
        await exchange.fetch_balances()
    exchange._client.nonce = growing


async def one_life(home: Path, memory: Memory, *, name: str, rng: np.random.Generator) -> None:
    process = start_venue("--home", str(home), "--speed", "2000", "--cash", "100000000")
    doom = Doom(int(rng.integers(1, ORDERS_MAX)), float(rng.uniform(0, 0.004)), process.kill)
    try:
        async with exchange_at(greeting_of(process)["listening"]) as exchange:
            if memory.accepted:
                await check_nonces(exchange)
            await check(exchange, memory)
            with pytest.raises(NijaError):
                await order_until_killed(exchange, memory, name=name, doom=doom)
    finally:
        process.kill()
        process.communicate()


def test_what_was_answered_outlives_every_kill(tmp_path: Path) -> None:
    """Orders, fills, nonces and time; at most the request that got no answer is lost."""
    memory, rng = Memory(), np.random.default_rng(7)
    for number in range(ROUNDS):
        asyncio.run(one_life(tmp_path, memory, name=f"life-{number}", rng=rng))

    assert len(memory.accepted) > ROUNDS
    assert memory.fills


def test_a_kill_takes_back_no_moment_that_was_told_and_downtime_adds_none(tmp_path: Path) -> None:
    """Nothing was ordered, so only the mark of the last answer can know the moment."""
    process = start_venue("--home", str(tmp_path), "--speed", "100000")
    url = greeting_of(process)["listening"]
    opened_s = told_s = time_of(url)
    while told_s < opened_s + 3_600:
        told_s = time_of(url)
    process.kill()
    process.communicate()
    with running_venue("--home", str(tmp_path), "--speed", "0.000001") as url:
        again_s = time_of(url)

    assert again_s == told_s


def time_of(url: str) -> int:
    return ask(f"{url}/0/public/Time")[1]["result"]["unixtime"]
