"""The running executor: its state, its journal, and its connections.

An event and everything that the core derived from it are written to disk together, and only then
anything is sent. Each answer of the venue is an event again.
"""

from collections.abc import Iterable
from typing import Protocol

import structlog

from executor.act import carry_out
from executor.ports import Clock, Exchange, Journal, Releases
from executor.settings import ExecutorSettings
from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.trading.commands import Action
from nija_domain.trading.core import advance
from nija_domain.trading.state import State

log = structlog.get_logger("executor")


class Keeper(Protocol):
    """Keeps the state now and then, so that a start need not fold everything."""

    def offer(self, state: State, sequence: int) -> None: ...
    async def finish(self, state: State, sequence: int) -> None: ...


class Session:
    """The only part of the executor that changes."""

    def __init__(
        self,
        state: State,
        *,
        settings: ExecutorSettings,
        journal: Journal,
        exchange: Exchange,
        releases: Releases,
        clock: Clock,
    ) -> None:
        self.state = state
        self.settings = settings
        self.exchange = exchange
        self.releases = releases
        self.clock = clock
        self._journal = journal
        self._sequence = 0
        self.keeper: Keeper | None = None

    async def observe(self, events: Iterable[ev.JournalEvent]) -> None:
        """Record the events and carry out what follows, until no answer leads to anything more."""
        actions = await self._record(events)
        while actions:
            answers = [await carry_out(action, self) for action in actions]
            actions = await self._record(answer for answer in answers if answer)

    async def close(self) -> None:
        """Keep the state, so that the next start begins from here."""
        if self.keeper:
            await self.keeper.finish(self.state, self._sequence)

    async def _record(self, events: Iterable[ev.JournalEvent]) -> list[Action]:
        """Write the events and what the core derived from them, then move the state forward."""
        state, records, actions = self.state, list[ev.JournalEvent](), list[Action]()
        for event in events:
            advanced = advance(state, event)
            state = advanced.state
            records += advanced.records
            actions += advanced.actions
        if records:
            self._sequence = await self._journal.commit(records)
        self.state = state
        if self.keeper:
            self.keeper.offer(state, self._sequence)
        for record in records:
            _report(record)
        return actions


_LOUD = (
    ev.OrderIntended,
    ev.OrderFilled,
    ev.OrderRefused,
    ev.OrderUnknown,
    ev.TradeClosed,
    ev.ReleaseActivated,
    ev.ReleaseRejected,
    ev.SymbolHalted,
    ev.HaltTripped,
    ev.HaltLifted,
    cap.ProtectionChanged,
    cap.MilestoneReached,
    cap.CapitalTuned,
    cap.ApprovalDecided,
)


def _report(event: ev.JournalEvent) -> None:
    """Log the events that a person would ask about; the journal has all of them."""
    if not isinstance(event, _LOUD):
        return
    names = (
        "symbol",
        "side",
        "role",
        "quantity",
        "before",
        "price",
        "gross",
        "reason",
        "limit",
        "after",
    )
    fields = {n: str(getattr(event, n)) for n in names if hasattr(event, n)}
    log.info(type(event).__name__, at_us=event.at_us, release=_release_of(event), **fields)


def _release_of(event: ev.JournalEvent) -> str:
    return getattr(event, "release_id", "")
