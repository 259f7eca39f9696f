"""An executor on its stand: real session and turns, with venue, clock and journal in memory."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

from executor.observe.kill import KillWatch
from executor.ports import Emergency, VerifiedRelease
from executor.recovery import open_session, recover
from executor.session import Session
from executor.settings import ExecutorSettings
from executor.turn import Watch, turn
from nija_domain.capital.limits import HardLimits
from nija_domain.market.timeframes import SECOND_US
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.trading.matching import FillModel
from nija_domain.trading.state import State
from storm.channel import Switch
from tests.fakes.channels import FakeReleases
from tests.fakes.journals import FakeJournal
from tests.fakes.stages import TIMEFRAME_US, WARM_UP_BARS, content_after, draw_candles
from tests.fakes.venue import FakeClock, FakeVenue

SYMBOLS = ("BTC/USD", "SOL/USD")

CHURN = StrategyChoice(
    "trend",
    "trend:*:churn",
    {
        "trend_entry": -1.0,
        "trend_exit": 1.0,
        "bear_prob_max": 1.0,
        "stop_multiple": 1.0,
        "share": 1.0,
    },
)
"""Enters whatever is not held and leaves it at the next bar: much happens in few bars."""

HOLD = StrategyChoice(
    "trend", "trend:*:hold", {**CHURN.parameters, "trend_exit": -1.0, "stop_multiple": 8.0}
)
"""Enters what is not held and keeps it behind a stop far away."""


class Stand:
    """One executor; `start` is a start of its process, `play` the passing of bars."""

    def __init__(
        self, *, bars: int = 12, seed: int = 4, strategy: StrategyChoice = CHURN, thin: bool = False
    ) -> None:
        self.candles = draw_candles(bars=WARM_UP_BARS + bars, seed=seed, symbols=SYMBOLS)
        self.clock = FakeClock(int(self.candles[SYMBOLS[0]].ts_us[WARM_UP_BARS]) + SECOND_US)
        model = FillModel(participation_rate=Decimal("0.0001")) if thin else FillModel()
        self.venue = FakeVenue(self.candles, clock=self.clock, first_row=WARM_UP_BARS, model=model)
        self.releases = FakeReleases(self.release("r-1", strategy=strategy))
        self.candidates: dict[str, FakeReleases] = {}
        self.journal = FakeJournal()
        self.switch = Switch()
        self.emergency: Emergency | None = None
        self.session: Session
        self.watch: Watch

    def release(
        self, name: str, *, strategy: StrategyChoice = CHURN, row: int = WARM_UP_BARS
    ) -> VerifiedRelease:
        known = {symbol: history.cut(row) for symbol, history in self.candles.items()}
        content = content_after(known, strategy=strategy)
        return VerifiedRelease(name, f"f-{name}", content)

    async def start(self, *, symbols: tuple[str, ...] = SYMBOLS) -> None:
        """What a new process does with the journal that is there."""
        self.session = Session(
            recover(self.journal).state,
            settings=ExecutorSettings(symbols=symbols),
            journal=self.journal,
            exchange=self.venue,
            releases=self.releases,
            clock=self.clock,
            candidates=self.candidates,
        )
        self.session.emergency = self.emergency
        self.watch = Watch(KillWatch(self.switch))
        await self.watch.kill.observe_kill(self.session)
        await open_session(self.session, limits=HardLimits(), symbols=symbols, version=("0", "c"))

    async def restart(self) -> None:
        self.journal = FakeJournal(self.journal.bodies)
        await self.start()

    async def turn(self, *, after_us: int = SECOND_US) -> None:
        self.clock.at_us += after_us
        await turn(self.session, self.watch)

    async def play(self, bars: int, *, turns: int = 3) -> None:
        """Some turns a second apart after each close."""
        for _ in range(bars):
            self.clock.at_us += TIMEFRAME_US - self.clock.at_us % TIMEFRAME_US
            for _ in range(turns):
                await self.turn()

    async def play_out(self) -> None:
        """To the end of the candles, and until the venue has shown what it hid."""
        last_us = int(self.candles[SYMBOLS[0]].ts_us[-1])
        while self.clock.at_us < last_us + TIMEFRAME_US:
            await self.play(1)
        await self.turn(after_us=self.venue.faults.stop_delay_us)
        await self.turn()

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.journal.events]

    def naked(self) -> list[str]:
        """Symbols that the venue holds for us with nothing resting there to sell them."""
        return [
            symbol
            for symbol in self.venue.holdings
            if not any(slip.order.side == "sell" for slip in self.venue.resting(symbol))
        ]


def run(course: Coroutine[Any, Any, None]) -> None:
    asyncio.run(course)


def holdings_in(state: State) -> dict[str, Decimal]:
    """What the core knows of each symbol's coins: positions of all agents, and dust."""
    held: dict[str, Decimal] = {}
    for position in state.book.positions.values():
        held[position.symbol] = held.get(position.symbol, Decimal(0)) + position.quantity
    for asset, quantity in state.account.dust.items():
        held[f"{asset}/USD"] = held.get(f"{asset}/USD", Decimal(0)) + quantity
    return {symbol: quantity for symbol, quantity in held.items() if quantity}


def check_books(stand: Stand) -> None:
    """Books and venue agree to the last decimal, nothing stands alone, nothing was sent twice."""
    state = stand.session.state
    held = holdings_in(state)
    sent = [order.client_id for order in stand.venue.sent]

    assert "EventQuarantined" not in stand.kinds()
    assert held == stand.venue.holdings
    assert state.book.purse.cash == stand.venue.cash
    assert stand.naked() == []
    assert len(sent) == len(set(sent))
