"""Plays one seed: the world around the executor's processes, then the audit."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import numpy as np
import structlog

from storm import audit
from storm.audit import Books
from storm.branches import branches_taken, failures_told
from storm.channel import Channel, Switch
from storm.course import Course, draw_course
from storm.director import Director
from storm.disk import Disk
from storm.exposure import find_stretches
from storm.life import Life
from storm.loop import VirtualLoop, play
from storm.moments import Moments
from storm.outcome import Outcome
from storm.stage import WARM_UP_BARS, market_of, release_after, start_us_of
from storm.supervisor import Supervisor
from storm.troubles import Spell, Spells
from storm.venue import VenueSide
from storm.wire import ACTS, Trouble

FAILED_ACT_S, FAILED_READ_S = 5.0, 2.0
"""So long nobody can mend what a request should have that was lost or refused."""

TELLING = (*ACTS, "OpenOrders", "ClosedOrders", "TradesHistory", "BalanceEx", "Time")
"""Requests that something without a stop waits for; candles tell nothing of it."""

SILENT = ("drop", "lost_answer", "slow")
"""Questions that are waited for as long as for an order."""


def play_seed(seed: int, *, faults: int | None = None) -> Outcome:
    """The same seed and the same code come to the same outcome, to the journal's last hash."""
    course = draw_course(seed)
    if faults is not None:
        course = msgspec.structs.replace(course, mishaps=course.mishaps[:faults])
    with _silence():
        return play(_play_course(course))


@contextmanager
def _silence() -> Iterator[None]:
    """Thousands of processes die in a storm, each with its lines in the log."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


async def _play_course(course: Course) -> Outcome:
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualLoop):
        raise TypeError("a storm needs a loop whose time is virtual")
    candles = next(iter(market_of(course.market).values()))
    moments = Moments(loop, origin_us=start_us_of(course.market), end_us=int(candles.ts_us[-1]))
    storm = Storm(course, moments)
    await storm.supervisor.supervise()
    return storm.outcome()


class Storm:
    """Everything that one seed plays with."""

    def __init__(self, course: Course, moments: Moments) -> None:
        self.course = course
        self.side = VenueSide(course, moments)
        self.disk = Disk()
        self._trouble = Trouble()
        self._channel, self._switch = Channel(), Switch()
        self._director = Director(
            course,
            side=self.side,
            trouble=self._trouble,
            disk=self.disk,
            channel=self._channel,
            switch=self._switch,
        )
        self.supervisor = Supervisor(
            self._birth,
            director=self._director,
            side=self.side,
            disk=self.disk,
            trouble=self._trouble,
            rng=np.random.default_rng((course.seed, 1)),
        )
        content = release_after(course.market, WARM_UP_BARS, agents=course.agents)
        self._channel.point_to(content)

    def _birth(self, seed: int) -> Life:
        return Life(
            side=self.side,
            trouble=self._trouble,
            disk=self.disk,
            channel=self._channel,
            switch=self._switch,
            limits=self.course.limits,
            seed=seed,
        )

    def outcome(self) -> Outcome:
        """The audit, at the moment at which the last process was looked at."""
        events = self.disk.events()
        books = Books(
            side=self.side,
            events=events,
            state=self.supervisor.state,
            people=self._director.people,
            limits=self.course.limits,
            killed_us=self._director.killed_us,
            reduced_us=self._director.reduced_us,
        )
        return Outcome(
            seed=self.course.seed,
            faults=len(self.course.mishaps),
            duplicate_orders=audit.find_duplicates(books),
            oversold=audit.find_oversold(books),
            limit_breaches=audit.find_breaches(books),
            lost_fills=audit.find_lost_fills(books),
            unexplained_balances=audit.find_unexplained(books),
            unknown_after_recovery=audit.find_unknown(books),
            foreign_touched=audit.find_touched(books),
            failures=[*self._failures(), *failures_told(events), *audit.find_hammering(books)],
            stretches=find_stretches(self.side, self._spells()),
            hits=dict(Counter(self._trouble.hits) + Counter(self.side.board.fired())),
            branches=self._branches(branches_taken(events)),
            lives=self.supervisor.lives,
            orders=len(self.side.accepted),
            journal_hash=self.disk.hash,
        )

    def _failures(self) -> list[str]:
        unseen = ["a process began from an altered journal"] if self.disk.is_altered else []
        return [*self.supervisor.failures, *unseen]

    def _spells(self) -> Spells:
        """When nothing that the executor could do would have helped."""
        spells = self._director.spells
        for kind, method, at_s in self._trouble.failed:
            if method not in TELLING:
                continue
            is_long = method in ACTS or kind in SILENT
            lasts_s = FAILED_ACT_S if is_long else FAILED_READ_S
            spells.add(Spell(kind, at_s, at_s + lasts_s))
        for spell in self.side.hidden:
            spells.add(spell)
        return spells

    def _branches(self, taken: Counter[str]) -> dict[str, int]:
        taken["a start used a snapshot"] += self.supervisor.snapshots_used
        taken["an altered journal was refused"] += self._trouble.hits.get("altered_journal", 0)
        return dict(+taken)
