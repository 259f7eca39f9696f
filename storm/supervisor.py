"""Starts the executor's process, and starts it again whenever it has died."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from nija_domain.errors import JournalBroken
from nija_domain.market.timeframes import SECOND_US
from nija_domain.trading.waits import LOST_WATCH_US
from storm.director import Director
from storm.disk import Disk
from storm.life import Life, bury, failure_of, is_told
from storm.troubles import Spell
from storm.venue import VenueSide
from storm.wire import Trouble

if TYPE_CHECKING:
    from nija_domain.trading.state import State

RESTART_S = (0.5, 2.0)
BEGUN_S = 3.0
"""Until a new process has opened its session, nobody is there to act."""

SETTLE_S_MAX = 4_500.0
DOUBT_S = LOST_WATCH_US / SECOND_US
"""An order that was given up is in doubt for an hour; most storms settle at once."""

QUIET_S, QUIET_US = 70.0, 70 * SECOND_US
"""The balances are compared a minute after the last fill, and looked at each minute."""

LIVES_MAX = 60
STEP_S = 0.5


class Supervisor:
    """`state` is that of the last process, once everything has settled."""

    def __init__(
        self,
        birth: Callable[[int], Life],
        *,
        director: Director,
        side: VenueSide,
        disk: Disk,
        trouble: Trouble,
        rng: np.random.Generator,
    ) -> None:
        self.state: State | None = None
        self.lives = 0
        self.snapshots_used = 0
        self.failures: list[str] = []
        self._birth = birth
        self._director = director
        self._side = side
        self._disk = disk
        self._trouble = trouble
        self._rng = rng

    async def supervise(self) -> None:
        """Until the director is done and nothing is in motion any more."""
        directing = asyncio.create_task(self._director.direct())
        while self.state is None and self.lives < LIVES_MAX:
            await self._live_once(directing)
        directing.cancel()
        await asyncio.wait([directing])
        if not directing.cancelled():
            directing.result()

    async def _live_once(self, directing: "asyncio.Task[None]") -> None:
        """One process, until it dies, ends, or everything has settled."""
        self.lives += 1
        life = self._birth(int(self._rng.integers(2**32)))
        self._director.life = life
        living = asyncio.create_task(life.live())
        dying = asyncio.create_task(life.died.wait())
        settling = asyncio.create_task(self._settle(directing, life))
        await asyncio.wait((living, dying, settling), return_when=asyncio.FIRST_COMPLETED)
        self.snapshots_used += life.used_snapshot
        self._note_failure(living)
        if settling.done() and life.session is not None and not life.died.is_set():
            self.state = life.session.state
        life.die()
        mine = {directing, *filter(None, (asyncio.current_task(),))}
        await bury(living, living=mine)
        if self.state is None:
            await self._wait_for_restart()

    async def _wait_for_restart(self) -> None:
        died_s = self._side.moments.now_s
        if self._director.is_to_be_altered:
            self._disk.alter(self._director.is_to_be_altered)
            self._director.is_to_be_altered = 0
        await asyncio.sleep(float(self._rng.uniform(*RESTART_S)))
        begun_s = self._side.moments.now_s + BEGUN_S
        self._director.spells.add(Spell("down", died_s, begun_s))

    def _note_failure(self, living: "asyncio.Task[None]") -> None:
        error = failure_of(living) if living.done() else None
        if error is None:
            return
        if isinstance(error, JournalBroken) and self._disk.is_altered:
            self._trouble.note("altered_journal")
            self._disk.restore()
        elif not is_told(error):
            self.failures.append(f"the process ended with {type(error).__name__}: {error}")

    async def _settle(self, directing: "asyncio.Task[None]", life: Life) -> None:
        """After the last fault, until nothing has been in motion for a while."""
        await asyncio.wait((directing,))
        moments = self._side.moments
        give_up_s = moments.now_s + SETTLE_S_MAX
        quiet_since_s = doubted_since_s = moments.now_s
        while moments.now_s < give_up_s and moments.now_s - quiet_since_s < QUIET_S:
            if not _is_quiet(life) or self._side.traded_lately():
                quiet_since_s = moments.now_s
            if not _is_in_doubt(life):
                doubted_since_s = moments.now_s
            elif moments.now_s - doubted_since_s > QUIET_S and SETTLE_S_MAX > DOUBT_S:
                self._sleep_over_doubt()
                doubted_since_s = give_up_s
            await asyncio.sleep(STEP_S)

    def _sleep_over_doubt(self) -> None:
        """Nothing happens until an order can no longer be what the balances differ by."""
        now_s = self._side.moments.now_s
        self._side.moments.put_to_sleep(DOUBT_S)
        self._director.spells.add(Spell("suspend", now_s, now_s + DOUBT_S))


def _is_in_doubt(life: Life) -> bool:
    return life.session is not None and bool(life.session.state.account.unexplained)


def _is_quiet(life: Life) -> bool:
    """Nothing is on its way, every position has its stop, and the account is explained."""
    session = life.session
    if session is None:
        return False
    book, account = session.state.book, session.state.account
    orders, positions = book.orders.live.values(), book.positions.values()
    return (
        session.clock.now_us() - account.filled_us > QUIET_US
        and all(o.status == "accepted" and o.role == "stop" for o in orders)
        and all(p.exposed_us is None and p.exit_reason is None for p in positions)
        and not (account.suspects or account.unexplained)
    )
