"""One executor at work: the folded state, its journal and its neighbours.

An event becomes durable together with all that the core derived from it, and only then is
anything sent. Whatever the venue answers is an event again.
"""

from collections.abc import Iterable

import structlog

from executor.ports import Clock, Exchange, Journal, Releases
from executor.settings import ExecutorSettings
from nija_domain.errors import OutcomeUnknown, VenueRefused, VenueUnreachable
from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.trading.commands import Action, SendCancel, SendOrder
from nija_domain.trading.core import advance
from nija_domain.trading.reports import PlacedOrder
from nija_domain.trading.state import State

log = structlog.get_logger("executor")


class Session:
    """Mutable on purpose: the only place of the executor that changes."""

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

    async def observe(self, events: Iterable[ev.JournalEvent]) -> None:
        """Record, then act, until the venue's answers lead to nothing more."""
        actions = self._record(events)
        while actions:
            answers = [await self._act(action) for action in actions]
            actions = self._record(answer for answer in answers if answer)

    def _record(self, events: Iterable[ev.JournalEvent]) -> list[Action]:
        """The state moves on only when the journal holds what moved it."""
        state, records, actions = self.state, list[ev.JournalEvent](), list[Action]()
        for event in events:
            advanced = advance(state, event)
            state = advanced.state
            records += advanced.records
            actions += advanced.actions
        if records:
            self._journal.append(records)
        self.state = state
        for record in records:
            _report(record)
        return actions

    async def _act(self, action: Action) -> ev.JournalEvent | None:
        if isinstance(action, SendOrder):
            return await self._send_order(action.order)
        await self._send_cancel(action)
        return None

    async def _send_order(self, order: PlacedOrder) -> ev.JournalEvent:
        """Sent once. A time-out is unknown, never refused: it is looked up, not resent."""
        try:
            venue_id = await self.exchange.place_order(order)
        except (VenueRefused, VenueUnreachable) as refusal:
            return ev.OrderRefused(
                at_us=self.clock.now_us(), order_id=order.client_id, reason=str(refusal)
            )
        except OutcomeUnknown as doubt:
            return ev.OrderUnknown(
                at_us=self.clock.now_us(), order_id=order.client_id, reason=str(doubt)
            )
        return ev.OrderAccepted(
            at_us=self.clock.now_us(), order_id=order.client_id, venue_id=venue_id
        )

    async def _send_cancel(self, action: SendCancel) -> None:
        """What became of the order is read from the venue's reports, not from this answer.

        An order that the venue has not shown yet cannot be named to it: the cancel waits for
        its id, or for the look-up that finds it lost.
        """
        order = self.state.orders[action.order_id]
        if order.venue_id is None:
            return
        try:
            await self.exchange.cancel_order(order.venue_id)
        except (VenueRefused, VenueUnreachable, OutcomeUnknown) as error:
            log.warning("cancel left to the next report", order=order.order_id, why=str(error))


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
    """The log carries what a person would ask about; the journal carries everything."""
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
