"""Brings each fault of a course at its moment."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from nija_domain.market.money import floor_to_step
from nija_domain.market.timeframes import SECOND_US
from simulator.listings import listing_of
from storm.channel import Channel, Switch
from storm.course import Course, Mishap
from storm.disk import Disk
from storm.people import People
from storm.stage import TAKER_FEE_RATE, TIMEFRAME_US, WARM_UP_BARS, release_after
from storm.troubles import Spell, Spells
from storm.venue import VenueSide
from storm.wire import REQUEST_KINDS, Trouble

if TYPE_CHECKING:
    from storm.life import Life

_PEOPLE = frozenset(
    ("hand_sale", "hand_cancel", "hand_buy", "foreign_order", "deposit", "withdrawal", "airdrop")
)
_VENUE = frozenset(
    ("lagging_orders", "late_stop", "lost_stop", "lagging_trades", "lagging_balances")
)


class Director:
    """`life` is the process that lives now; the course does not know how many there were."""

    def __init__(
        self,
        course: Course,
        *,
        side: VenueSide,
        trouble: Trouble,
        disk: Disk,
        channel: Channel,
        switch: Switch,
    ) -> None:
        self.life: Life | None = None
        self.people = People(side)
        self.spells = Spells()
        self.is_to_be_altered = 0
        self.killed_us: list[tuple[int, int]] = []
        self.reduced_us = side.moments.now_us() + round(course.seconds * SECOND_US)
        self._course = course
        self._side = side
        self._trouble = trouble
        self._disk = disk
        self._channel = channel
        self._switch = switch
        self._later: list[tuple[float, Callable[[], None]]] = []

    async def direct(self) -> None:
        """Faults in their order, and the end of those that end; then the calm."""
        moments = self._side.moments
        for mishap in self._course.mishaps:
            await self._until(mishap.after_s)
            if self._bring(mishap):
                self._trouble.note(mishap.kind)
        await self._until(self._course.seconds - 110.0)
        self.reduced_us = moments.now_us()
        self._channel.direct("reduce_only", at_us=moments.now_us(), reason="the storm ends")
        await self._until(self._course.seconds)

    async def _until(self, at_s: float) -> None:
        moments = self._side.moments
        while self._later and min(self._later, key=lambda due: due[0])[0] <= at_s:
            due = min(self._later, key=lambda each: each[0])
            self._later.remove(due)
            await asyncio.sleep(max(0.0, due[0] - moments.now_s))
            due[1]()
        await asyncio.sleep(max(0.0, at_s - moments.now_s))

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        self._later.append((self._side.moments.now_s + seconds, act))

    def _bring(self, mishap: Mishap) -> bool:
        """Whether it happened at once; requests and look-ups note it when they are struck."""
        if mishap.kind in REQUEST_KINDS:
            self._trouble.arm(mishap)
            return False
        if mishap.kind in _PEOPLE:
            return self.people.act(mishap)
        if mishap.kind in _VENUE or mishap.kind == "fee_in_coins":
            kind = "late_stop" if mishap.kind == "lost_stop" else mishap.kind
            self._side.arm(kind, seconds=mishap.seconds, count=mishap.count)
            # Whether it comes late or never, the venue counts one kind.
            return mishap.kind == "lost_stop"
        return bool(getattr(self, f"_{mishap.kind}")(mishap))

    def _spell(self, mishap: Mishap, *, symbol: str | None = None, seconds: float = 0.0) -> None:
        begin_s = self._side.moments.now_s
        end_s = begin_s + (seconds or mishap.seconds)
        self.spells.add(Spell(mishap.kind, begin_s, end_s, symbol))

    def _outage(self, mishap: Mishap) -> bool:
        self._trouble.outage_until_s = self._side.moments.now_s + mishap.seconds
        self._trouble.is_outage_loud = mishap.acts
        self._spell(mishap)
        return True

    def _cancel_only(self, mishap: Mishap) -> bool:
        return self._close_pair(mishap, kind="halted")

    def _delisted(self, mishap: Mishap) -> bool:
        return self._close_pair(mishap, kind="delisted")

    def _close_pair(self, mishap: Mishap, *, kind: str) -> bool:
        self._side.close_pair(mishap.symbol, kind=kind)
        self._after(mishap.seconds, lambda: self._side.board.open_pair(mishap.symbol))
        self._spell(mishap, symbol=mishap.symbol)
        return True

    def _precision(self, mishap: Mishap) -> bool:
        """The venue takes coarser steps from now on; what is held stays as fine as it was."""
        listing = listing_of(mishap.symbol, taker_fee_rate=TAKER_FEE_RATE)
        lot_size = listing.instrument.lot_size * 1_000
        minimum = floor_to_step(listing.instrument.min_quantity, step=lot_size) or lot_size
        instrument = replace(listing.instrument, lot_size=lot_size, min_quantity=minimum)
        self._side.venue.relist(replace(listing, instrument=instrument))
        return True

    def _minimums(self, mishap: Mishap) -> bool:
        listing = listing_of(mishap.symbol, taker_fee_rate=TAKER_FEE_RATE)
        instrument = replace(
            listing.instrument, min_quantity=listing.instrument.min_quantity * mishap.number
        )
        self._side.venue.relist(replace(listing, instrument=instrument))
        return True

    def _gap(self, mishap: Mishap) -> bool:
        self._side.feed.lose(mishap.symbol, self._bar_s())
        return True

    def _bad_candle(self, mishap: Mishap) -> bool:
        self._side.feed.spoil(mishap.symbol, self._bar_s(), is_zero=mishap.acts)
        return True

    def _late_candles(self, mishap: Mishap) -> bool:
        self._side.feed.hide(
            mishap.symbol,
            after_s=self._bar_s() - 1,
            until_s=self._side.moments.now_us() / SECOND_US + mishap.seconds,
        )
        return True

    def _frozen_feed(self, mishap: Mishap) -> bool:
        return self._late_candles(mishap)

    def _wrong_time(self, mishap: Mishap) -> bool:
        self._trouble.shift_s = 3_600 if mishap.acts else -3_600
        return False

    def _bar_s(self) -> int:
        now_us = self._side.moments.now_us()
        return (now_us - now_us % TIMEFRAME_US) // SECOND_US

    def _crash(self, mishap: Mishap) -> bool:
        if self.life is not None:
            self.life.steps_to_live = mishap.number
        return self.life is not None

    def _stop(self, _mishap: Mishap) -> bool:
        if self.life is not None:
            self.life.stop.set()
        return self.life is not None

    def _suspend(self, mishap: Mishap) -> bool:
        self.spells.add(Spell(mishap.kind, *self._side.moments.put_to_sleep(mishap.seconds)))
        return True

    def _journal_locked(self, mishap: Mishap) -> bool:
        self._disk.locked_until_s = self._side.moments.now_s + mishap.seconds
        self._spell(mishap)
        return True

    def _disk_full(self, mishap: Mishap) -> bool:
        self._disk.full_until_s = self._side.moments.now_s + mishap.seconds
        self._spell(mishap)
        return True

    def _altered_journal(self, mishap: Mishap) -> bool:
        """At the next start; a process that runs has long read its journal."""
        self.is_to_be_altered = mishap.number
        if self.life is not None:
            self.life.die()
        return False

    def _kill(self, mishap: Mishap) -> bool:
        now_us = self._side.moments.now_us()
        self._switch.ordered = "a person said so"
        self.killed_us.append((now_us, now_us + mishap.seconds * SECOND_US))
        self._after(mishap.seconds, self._disarm)
        return True

    def _disarm(self) -> None:
        self._switch.is_lifted = True

    def _release(self, mishap: Mishap) -> bool:
        """Another release, of all agents or without the last of them."""
        agents = self._course.agents if mishap.acts else self._course.agents[:-1]
        known_us = self._side.moments.now_us() - self._side.moments.origin_us
        row = WARM_UP_BARS + known_us // TIMEFRAME_US
        self._channel.point_to(release_after(self._course.market, row, agents=agents))
        return True
