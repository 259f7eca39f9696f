"""Limits the requests to a venue: per second and at once, orders before reads."""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from nija_domain.errors import VenueUnreachable

WAITING_MAX = 1_000


class Lane:
    """A queue for requests in which urgent ones go first."""

    def __init__(self, *, per_second: float, width: int) -> None:
        self._interval_s = 1.0 / per_second
        self._width = width
        self._busy = 0
        self._next_s = 0.0
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(self, *, urgent: bool) -> AsyncIterator[None]:
        """Wait for a turn; holds it while the block runs."""
        await self._enter(urgent=urgent)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, *, urgent: bool) -> None:
        if len(self._waiting) >= WAITING_MAX:
            raise VenueUnreachable(
                f"{WAITING_MAX} requests are already waiting for the venue; send fewer"
            )
        granted = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (not urgent, next(self._numbers), granted))
        self._admit()
        try:
            await granted
        except asyncio.CancelledError:
            if not granted.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        self._busy -= 1
        self._admit()

    def _admit(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting and self._busy < self._width:
            if loop.time() < self._next_s:
                self._wake_later(loop)
                return
            granted = heapq.heappop(self._waiting)[2]
            if not granted.done():
                self._busy += 1
                self._next_s = loop.time() + self._interval_s
                granted.set_result(None)

    def _wake_later(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is None:
            self._timer = loop.call_at(self._next_s, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._admit()
