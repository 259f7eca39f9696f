"""The running executor: its state, its journal, and its connections.

Everything that reaches the core goes through one mailbox, and what the core decided leaves through
one outbox. Events and everything that the core derived from them become durable together, and only
then anything is sent. Each answer of the venue is an event again.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec
import structlog

from executor.act import carry_out, lanes_of
from executor.ports import (
    CandleSource,
    Clock,
    Emergency,
    Exchange,
    Journal,
    ReleaseChannel,
    Releases,
)
from executor.quarantine import Quarantine
from executor.settings import ExecutorSettings
from nija_domain.errors import EventInvalid, JournalLocked
from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.events.chain import encode_event
from nija_domain.events.session_records import EventQuarantined
from nija_domain.trading.commands import Action
from nija_domain.trading.core import Advance
from nija_domain.trading.session import advance
from nija_domain.trading.state import State

log = structlog.get_logger("executor")


Step = Callable[[State, ev.JournalEvent], Advance]


class Keeper(Protocol):
    """Keeps the state now and then, so that a start need not fold everything."""

    def offer(self, state: State, sequence: int) -> None: ...
    async def finish(self, state: State, sequence: int) -> None: ...


class Decided(msgspec.Struct, frozen=True):
    """What was recorded, and what is to be done."""

    records: tuple[ev.JournalEvent, ...]
    actions: tuple[Action, ...]


class Letter(msgspec.Struct, frozen=True, eq=False):
    """What one observer saw; `decided` is answered once all of it is durable."""

    events: tuple[ev.JournalEvent, ...]
    decided: asyncio.Future[Decided]


class Session:
    """The only part of the executor that changes."""

    def __init__(  # noqa: PLR0913 - each is a door of its own
        self,
        state: State,
        *,
        settings: ExecutorSettings,
        journal: Journal,
        exchange: Exchange,
        releases: Releases,
        clock: Clock,
        candidates: Mapping[str, ReleaseChannel] | None = None,
    ) -> None:
        self.state = state
        self.settings = settings
        self.exchange = exchange
        self.releases = releases
        self.clock = clock
        self.candidates = {} if candidates is None else candidates
        self.keeper: Keeper | None = None
        self.emergency: Emergency | None = None
        self.doubted: set[str] = set()
        """Symbols whose steps or minimums seem to have changed: the venue refused an order."""
        self.is_clock_doubted = False
        """Whether an order came too late by the venue's clock: ours is to be set."""
        self._journal = journal
        self._sequence = 0
        self._mailbox: list[Letter] = []
        self._reading: asyncio.Task[None] | None = None
        self._quarantine = Quarantine()

    @property
    def candles(self) -> CandleSource:
        """Of the venue, for those who must not do more than read them."""
        return self.exchange

    async def observe(self, events: Iterable[ev.JournalEvent]) -> None:
        """Returns once the events, and what followed from them, were recorded and acted upon.

        Any number of tasks may call it at once. Raises `NijaError` if they could not be recorded:
        then they changed nothing.
        """
        letter = Letter(tuple(events), asyncio.get_running_loop().create_future())
        self._post(letter)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_mail())
        decided = await letter.decided
        try:
            await self._act(decided.actions)
        finally:
            # Lines for people come last: no order waits for them.
            for record in decided.records:
                _report(record)

    def _post(self, letter: Letter) -> None:
        """A kill goes before everything that waits, so that nothing of it buys any more."""
        if not any(isinstance(event, ev.KillOrdered) for event in letter.events):
            self._mailbox.append(letter)
            return
        self._mailbox.insert(0, letter)
        if self.emergency:
            self.emergency.hurry()

    async def quarantine(self, what: str, error: Exception) -> None:
        """Record that a part of the program failed in a way that nobody foresaw."""
        record = self._quarantine.of_part(what, error, at_us=self.clock.now_us())
        if record:
            await self.observe([record])

    async def close(self) -> None:
        """Keep the state, so that the next start begins from here."""
        if self.keeper:
            await self.keeper.finish(self.state, self._sequence)

    async def _read_mail(self) -> None:
        """Until the mailbox is empty; what came in during one commit is in the next."""
        while self._mailbox:
            letters, self._mailbox = self._mailbox, []
            try:
                decided = await self._record(letters)
            except BaseException as error:  # noqa: BLE001 - it belongs to those who wait
                for letter in letters:
                    if not letter.decided.done():
                        letter.decided.set_exception(error)
                continue
            for letter, each in zip(letters, decided, strict=True):
                if not letter.decided.done():
                    letter.decided.set_result(each)

    async def _record(self, letters: Sequence[Letter]) -> list[Decided]:
        """A record that the journal cannot hold is looked for only once there is one."""
        try:
            return await self._record_all(letters, advance)
        except EventInvalid:
            return await self._record_all(letters, _advance_encodable)

    async def _record_all(self, letters: Sequence[Letter], advance_: Step) -> list[Decided]:
        """Commit all letters and what the core derived from them; then the state moves forward."""
        state, decided = self.state, list[Decided]()
        for letter in letters:
            records, actions = list[ev.JournalEvent](), list[Action]()
            for event in letter.events:
                advanced = self._advanced(state, event, advance_)
                state = advanced.state
                records += advanced.records
                actions += advanced.actions
            decided.append(Decided(tuple(records), tuple(actions)))
        if records := [record for each in decided for record in each.records]:
            await self._commit(records, is_killed=bool(state.restrictions.killed))
        self.state = state
        if self.keeper:
            self.keeper.offer(state, self._sequence)
        return decided

    async def _commit(self, records: Sequence[ev.JournalEvent], *, is_killed: bool) -> None:
        """While trading is killed nothing is bought, and no journal is waited for."""
        commit = self._journal.commit
        if is_killed and self.emergency:
            commit = self.emergency.commit_urgently
        try:
            self._sequence = await commit(records)
        except BaseException:
            self._quarantine.forget(records)
            raise

    def _advanced(self, state: State, event: ev.JournalEvent, advance_: Step) -> Advance:
        """An event that the core fails at changes nothing, and does not fail the next one."""
        try:
            advanced = advance_(state, event)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not come again and again
            told = self._quarantine.of_event(event, error, at_us=self.clock.now_us())
            return advance(state, told) if told else Advance(state, (), ())
        return advanced

    async def _act(self, actions: Sequence[Action]) -> None:
        """Symbols act at once, each its sales first; all have ended when one has failed."""
        lanes = [self._act_in_turn(lane) for lane in lanes_of(actions, self.state)]
        for failure in await asyncio.gather(*lanes, return_exceptions=True):
            if failure is not None:
                raise failure

    async def _act_in_turn(self, actions: Sequence[Action]) -> None:
        for action in actions:
            if answer := await carry_out(action, self):
                await self._observe_answer(answer)

    async def _observe_answer(self, answer: ev.JournalEvent) -> None:
        """What the venue answered is not asked for again: it waits until it can be recorded."""
        while True:
            try:
                return await self.observe([answer])
            except JournalLocked as error:
                log.warning("an answer of the venue waits for the journal", why=str(error))


def _advance_encodable(state: State, event: ev.JournalEvent) -> Advance:
    """Raises `EventInvalid` for an event whose records would not read back."""
    advanced = advance(state, event)
    for record in advanced.records:
        encode_event(record)
    return advanced


_LOUD = (
    ev.OrderIntended,
    ev.OrderFilled,
    ev.OrderRefused,
    ev.OrderUnknown,
    ev.TradeClosed,
    EventQuarantined,
    ev.CandleRefused,
    ev.ReleaseActivated,
    ev.ReleaseRejected,
    ev.CandidateActivated,
    ev.CandidateRejected,
    ev.CandidateDropped,
    ev.CandidateFailed,
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
        "kind",
        "candidate",
        "symbol",
        "side",
        "role",
        "quantity",
        "before",
        "price",
        "gross",
        "reason",
        "rule",
        "text",
        "limit",
        "after",
    )
    fields = {n: str(getattr(event, n)) for n in names if hasattr(event, n)}
    log.info(type(event).__name__, at_us=event.at_us, release=_release_of(event), **fields)


def _release_of(event: ev.JournalEvent) -> str:
    return getattr(event, "release_id", "")
