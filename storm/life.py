"""One process of the executor, from its start to its death: the real session behind drawn waits."""

import asyncio
from typing import Any

import numpy as np

from executor.recovery import open_session, recover, wait_for_venue
from executor.session import Session
from executor.settings import ExecutorSettings
from executor.turn import turn_until
from nija_domain.capital.limits import HardLimits
from nija_domain.errors import NijaError
from storm.bootstrap import clock_from, exchange_over
from storm.channel import Channel, Switch
from storm.disk import Disk, DiskJournal, DiskSnapshots, SteadyKeeper
from storm.moments import Moments
from storm.stage import SYMBOLS
from storm.venue import VenueSide
from storm.wire import Trouble

SETTINGS = ExecutorSettings(
    symbols=SYMBOLS, turn_pause_ms=1_000, venue_url="http://127.0.0.1:1", venue_wait_s_max=600.0
)


class Life:
    """Dies where it is told to; a dead process does nothing more, whatever still waits in it."""

    def __init__(  # noqa: PLR0913 - everything that a process meets
        self,
        *,
        side: VenueSide,
        trouble: Trouble,
        disk: Disk,
        channel: Channel,
        switch: Switch,
        limits: HardLimits,
        seed: int,
    ) -> None:
        self.session: Session | None = None
        self.stop = asyncio.Event()
        self.died = asyncio.Event()
        self.steps_to_live: int | None = None
        self.used_snapshot = False
        self._side = side
        self._trouble = trouble
        self._disk = disk
        self._channel = channel
        self._switch = switch
        self._limits = limits
        self._rng = np.random.default_rng(seed)

    @property
    def moments(self) -> Moments:
        return self._side.moments

    async def live(self) -> None:
        """What `python -m executor` does, with the same functions."""
        exchange = exchange_over(
            self._side, self._trouble, settings=SETTINGS, pause=self.pause, sleep=self.sleep
        )
        journal = DiskJournal(
            self._disk, now_s=lambda: self.moments.now_s, pause=self.pause, sleep=self.sleep
        )
        snapshots = DiskSnapshots(self._disk)
        recovered = recover(journal, snapshots)
        self.used_snapshot = recovered.kept > 0
        origin_us = await wait_for_venue(exchange, SETTINGS)
        session = Session(
            recovered.state,
            settings=SETTINGS,
            journal=journal,
            exchange=exchange,
            releases=self._channel,
            clock=clock_from(origin_us, self.moments),
        )
        session.keeper = SteadyKeeper(snapshots, kept=recovered.kept)
        await open_session(
            session, limits=self._limits, symbols=SYMBOLS, version=("storm", "storm")
        )
        self.session = session
        await turn_until(session, self._switch, self.stop)
        await session.close()

    def die(self) -> None:
        self.died.set()

    async def pause(self, _where: str) -> None:
        """Each step to the outside takes a drawn while, and may be the last."""
        await self.sleep(float(self._rng.exponential(0.03)))
        if self.steps_to_live is not None:
            self.steps_to_live -= 1
            if self.steps_to_live <= 0:
                self.die()
        await self._while_alive()

    async def sleep(self, seconds: float) -> None:
        await self._while_alive()
        await asyncio.sleep(seconds)
        if (left_s := self.moments.asleep_until_s - self.moments.now_s) > 0:
            await asyncio.sleep(left_s)
        await self._while_alive()

    async def _while_alive(self) -> None:
        if self.died.is_set():
            await asyncio.get_running_loop().create_future()


async def bury(task: "asyncio.Task[Any]", *, living: "set[asyncio.Task[Any]]") -> None:
    """Everything that the dead process still waited for ends without an effect."""
    for _ in range(20):
        left = asyncio.all_tasks() - living
        if not left:
            break
        for each in left:
            each.cancel()
        await asyncio.wait(left, timeout=0)
    if task.done() and not task.cancelled():
        task.exception()


def failure_of(task: "asyncio.Task[Any]") -> BaseException | None:
    """What ended the process; None if it was told to stop."""
    return None if task.cancelled() else task.exception()


def is_told(error: BaseException) -> bool:
    """Whether it is an error that a person reads in one line, and not a traceback."""
    return isinstance(error, NijaError)
