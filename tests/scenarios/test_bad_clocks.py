"""Clocks that jump: time lost is caught up, time given back decides nothing twice."""

import asyncio
import time
from itertools import pairwise
from pathlib import Path

import pytest

from nija_adapters.exchange.kraken import KrakenExchange
from nija_adapters.exchange.settings import ExchangeSettings
from nija_domain.events.records import BarClosed, CandleClosed, DecisionDue
from nija_domain.market.timeframes import HOUR_US
from simulator.settings import SIMULATOR_API_KEY, SIMULATOR_API_SECRET
from tests.fakes.programs import executor_environ, program, venue
from tests.fakes.stages import TIMEFRAME_US
from tests.fakes.stands import SYMBOLS, Stand, check_books, run

MISSED_BARS = 20


def test_a_process_that_slept_folds_what_it_missed_and_decides_on_the_newest_bar_alone() -> None:
    """A laptop's lid, a stopped machine: no decision is made on a bar that is long over."""

    async def course() -> None:
        stand = Stand(bars=40)
        await stand.start()
        await stand.play(5)
        decided = sum(isinstance(event, DecisionDue) for event in stand.journal.events)
        stand.clock.at_us += MISSED_BARS * TIMEFRAME_US
        await stand.turn()
        await stand.play_out()
        events = stand.journal.events
        after = [event.ts_us for event in events if isinstance(event, DecisionDue)][decided:]
        folded = [e.ts_us for e in events if isinstance(e, CandleClosed) and e.symbol == SYMBOLS[0]]

        assert after[0] == stand.session.state.book.decided_us - (len(after) - 1) * TIMEFRAME_US
        assert folded == sorted(set(folded))
        assert {b - a for a, b in pairwise(folded)} == {TIMEFRAME_US}
        check_books(stand)

    run(course())


@pytest.mark.parametrize("hours", [1, 30])
def test_time_that_steps_back_decides_nothing_twice(hours: int) -> None:
    """No bar is closed or decided a second time, and trading goes on when time has caught up."""

    async def course() -> None:
        stand = Stand(bars=30)
        await stand.start()
        await stand.play(10)
        now_us, records = stand.clock.at_us, len(stand.journal.bodies)
        stand.clock.at_us -= hours * HOUR_US
        for _ in range(3):
            await stand.turn()
        stepped = stand.journal.events[records:]
        stand.clock.at_us = now_us
        await stand.play_out()
        closed = [event.ts_us for event in stand.journal.events if isinstance(event, BarClosed)]

        assert not [e for e in stepped if isinstance(e, BarClosed | DecisionDue)]
        assert closed == sorted(set(closed))
        assert len(closed) > 15
        check_books(stand)

    run(course())


async def _ask_from_the_future(url: str) -> None:
    exchange = KrakenExchange(
        ExchangeSettings(api_url=url, api_key=SIMULATOR_API_KEY, secret=SIMULATOR_API_SECRET)
    )
    exchange._client.nonce = lambda: (time.time_ns() + 3_600_000_000_000) // 1_000
    try:
        await exchange.fetch_balances()
    finally:
        await exchange.close()


def test_a_wall_clock_set_back_between_two_starts_is_named(tmp_path: Path) -> None:
    """The venue refuses nonces older than those it knows: the remedy is the clock, and says so."""
    with venue("--seed", "5", "--speed", "1200") as url:
        asyncio.run(_ask_from_the_future(url))
        environ = executor_environ(tmp_path, url)
        with program("executor", "config", environ=environ) as process:
            _, errors = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "set the clock right" in errors
    assert "Traceback" not in errors
