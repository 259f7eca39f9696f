"""Plays one course from its first start to its audit."""

import asyncio
import logging

import msgspec
import numpy as np
import structlog

from nija_domain.errors import JournalBroken
from nija_domain.events import records as ev
from nija_domain.market.timeframes import SECOND_US
from nija_domain.trading.state import State
from storm import audit
from storm.audit import Books
from storm.channel import Channel, Switch
from storm.course import Course, draw_course
from storm.director import Director
from storm.disk import Disk
from storm.exposure import Stretch, find_stretches
from storm.life import Life, bury, failure_of, is_told
from storm.loop import VirtualLoop, play
from storm.moments import Moments
from storm.stage import WARM_UP_BARS, market_of, release_after, start_us_of
from storm.troubles import Spell
from storm.venue import VenueSide
from storm.wire import ACTS, Trouble

RESTART_S = (0.5, 2.0)
SETTLE_S_MAX = 3_900.0
"""An order that was given up is in doubt for an hour; most storms settle at once."""

QUIET_US = 70 * SECOND_US
QUIET_S = 70.0
"""The balances are compared a minute after the last fill, and looked at each minute."""

FAILED_ACT_S, FAILED_READ_S = 5.0, 2.0
"""So long nobody can mend what a request should have that was lost or refused."""
LIVES_MAX = 60


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a seed came to: each list names what went wrong, and is empty where nothing did."""

    seed: int
    faults: int
    duplicate_orders: list[str]
    oversold: list[str]
    limit_breaches: list[str]
    lost_fills: list[str]
    unexplained_balances: list[str]
    unknown_after_recovery: list[str]
    foreign_touched: list[str]
    failures: list[str]
    stretches: list[Stretch]
    hits: dict[str, int]
    kinds: dict[str, int]
    lives: int
    orders: int
    journal_hash: str


def play_seed(seed: int, *, faults: int | None = None) -> Outcome:
    """The same seed and the same code come to the same outcome, to the journal's last hash."""
    course = draw_course(seed)
    if faults is not None:
        course = msgspec.structs.replace(course, mishaps=course.mishaps[:faults])
    quieten()
    return play(_play_course(course))


def quieten() -> None:
    """Thousands of processes die in a storm, each with its lines in the log."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


async def _play_course(course: Course) -> Outcome:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    candles = next(iter(market_of(course.market).values()))
    last_us = int(candles.ts_us[-1])
    moments = Moments(loop, origin_us=start_us_of(course.market), end_us=last_us)
    return await Storm(course, moments).play()


class Storm:
    """The world around the executor's processes, and their supervisor."""

    def __init__(self, course: Course, moments: Moments) -> None:
        self._course = course
        self._side = VenueSide(course, moments)
        self._trouble, self._disk = Trouble(), Disk()
        self._channel, self._switch = Channel(), Switch()
        self._rng = np.random.default_rng((course.seed, 1))
        self._lives = 0
        self._failures: list[str] = []
        self._state: State | None = None
        self._director = Director(
            course,
            side=self._side,
            trouble=self._trouble,
            disk=self._disk,
            channel=self._channel,
            switch=self._switch,
        )
        content = release_after(course.market, WARM_UP_BARS, agents=course.agents)
        self._channel.point_to(content)

    async def play(self) -> Outcome:
        directing = asyncio.create_task(self._director.direct())
        while self._lives < LIVES_MAX and not self._is_settled(directing):
            await self._live_once(directing)
        directing.cancel()
        directing.done() and not directing.cancelled() and directing.result()
        return self._outcome()

    def _is_settled(self, directing: "asyncio.Task[None]") -> bool:
        return directing.done() and self._state is not None

    async def _live_once(self, directing: "asyncio.Task[None]") -> None:
        """One process, until it dies, ends, or everything is over."""
        life = self._new_life()
        me = asyncio.current_task()
        assert me is not None
        begun_s = self._side.moments.now_s
        living = asyncio.create_task(life.live())
        dying = asyncio.create_task(life.died.wait())
        settling = asyncio.create_task(self._settle(directing, life))
        await asyncio.wait((living, dying, settling), return_when=asyncio.FIRST_COMPLETED)
        if settling.done() and life.session is not None and not life.died.is_set():
            self._state = life.session.state
            self._note_failure(living)
            life.die()
            await bury(living, living={me, directing})
            return
        self._note_failure(living)
        life.die()
        await bury(living, living={me, directing})
        died_s = self._side.moments.now_s
        self._alter()
        await asyncio.sleep(float(self._rng.uniform(*RESTART_S)))
        # Until the next process has opened its session, nobody is there to act.
        self._director.spells.add(Spell("down", died_s, self._side.moments.now_s + 3.0))
        del begun_s

    def _new_life(self) -> Life:
        self._lives += 1
        life = Life(
            side=self._side,
            trouble=self._trouble,
            disk=self._disk,
            channel=self._channel,
            switch=self._switch,
            limits=self._course.limits,
            seed=int(self._rng.integers(2**32)),
        )
        self._director.life = life
        return life

    def _note_failure(self, living: "asyncio.Task[None]") -> None:
        error = failure_of(living) if living.done() else None
        if error is None:
            return
        if isinstance(error, JournalBroken) and self._disk.is_altered:
            self._trouble.note("altered_journal")
            self._disk.restore()
        elif not is_told(error):
            self._failures.append(f"the process ended with {type(error).__name__}: {error}")

    def _alter(self) -> None:
        if self._director.is_to_be_altered:
            self._disk.alter(self._director.is_to_be_altered)
            self._director.is_to_be_altered = 0

    async def _settle(self, directing: "asyncio.Task[None]", life: Life) -> None:
        """After the last fault, until nothing is in motion."""
        await asyncio.wait((directing,))
        moments = self._side.moments
        give_up_s = moments.now_s + SETTLE_S_MAX
        quiet_since_s = moments.now_s
        while moments.now_s < give_up_s and moments.now_s - quiet_since_s < QUIET_S:
            if not _is_quiet(life) or self._side.traded_lately():
                quiet_since_s = moments.now_s
            await asyncio.sleep(0.5)

    def _outcome(self) -> Outcome:
        events = self._disk.events()
        books = Books(
            side=self._side,
            events=events,
            state=self._state,
            people=self._director.people,
            limits=self._course.limits,
            killed_us=self._director.killed_us,
        )
        if self._disk.is_altered:
            self._failures.append("a process began from an altered journal")
        for kind, method, at_s in self._trouble.failed:
            lasts_s = FAILED_ACT_S if method in ACTS else FAILED_READ_S
            self._director.spells.add(Spell(kind, at_s, at_s + lasts_s))
        for spell in self._side.hidden:
            self._director.spells.add(spell)
        hits = dict(self._trouble.hits)
        for fired in self._side.board.fired():
            hits[fired] = hits.get(fired, 0) + self._side.board.fired()[fired]
        kinds: dict[str, int] = {}
        for event in events:
            name = type(event).__name__
            kinds[name] = kinds.get(name, 0) + 1
        return Outcome(
            seed=self._course.seed,
            faults=len(self._course.mishaps),
            duplicate_orders=audit.find_duplicates(books),
            oversold=audit.find_oversold(books),
            limit_breaches=audit.find_breaches(books),
            lost_fills=audit.find_lost_fills(books),
            unexplained_balances=audit.find_unexplained(books),
            unknown_after_recovery=audit.find_unknown(books),
            foreign_touched=audit.find_touched(books),
            failures=[*self._failures, *audit.find_failures(books)],
            stretches=find_stretches(self._side, self._director.spells),
            hits=hits,
            kinds=kinds,
            lives=self._lives,
            orders=len(self._side.accepted),
            journal_hash=self._disk.hash,
        )


def _is_quiet(life: Life) -> bool:
    """Nothing is on its way, and every position has its stop."""
    session = life.session
    if session is None:
        return False
    book, account = session.state.book, session.state.account
    orders = book.orders.live.values()
    is_resting = all(o.status == "accepted" and o.role == "stop" for o in orders)
    is_held = all(p.exposed_us is None and p.exit_reason is None for p in book.positions.values())
    is_long_ago = session.clock.now_us() - account.filled_us > QUIET_US
    return is_long_ago and is_resting and is_held and not (account.suspects or account.unexplained)


_ = ev
