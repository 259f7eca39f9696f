"""What a journal shows beside the core's state: since when something holds, and what failed."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.events import session_records as ses
from nija_domain.market.timeframes import HOUR_US
from nija_domain.statements.incidents import Incident
from nija_domain.statements.journal_incidents import incident_of

INCIDENTS_MAX = 100


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    """`newest_us` is the newest venue time in the journal; 0 before the first record.

    `ahead_us` is how far the journal already reached when a session began at a venue whose clock is
    far behind it; else 0.
    """

    session: ev.SessionStarted | None = None
    newest_us: int = 0
    ahead_us: int = 0
    halts: dict[str, ev.HaltTripped] = {}
    protection: cap.ProtectionChanged | None = None
    venue_lost: ses.VenueLost | None = None
    faulty_us: int | None = None
    unexplained_us: dict[str, int] = {}
    killed_us: int | None = None
    incidents: tuple[Incident, ...] = ()

    @property
    def is_simulated(self) -> bool:
        """In this version paper orders go to the simulated venue only."""
        return self.session is not None and self.session.mode == "paper"


def follow(trail: Trail, event: ev.JournalEvent) -> Trail:
    """The trail after an event."""
    change = _CHANGES.get(type(event))
    after = change(trail, event) if change else trail
    incident = incident_of(event)
    kept = (*after.incidents, incident)[-INCIDENTS_MAX:] if incident else after.incidents
    return replace(after, newest_us=max(trail.newest_us, event.at_us), incidents=kept)


def _session_started(trail: Trail, event: ev.SessionStarted) -> Trail:
    """A session starts once the venue has answered."""
    is_behind = trail.newest_us - event.at_us > HOUR_US
    ahead_us = trail.newest_us if is_behind else 0
    return replace(trail, session=event, venue_lost=None, ahead_us=ahead_us)


def _halt_lifted(trail: Trail, event: ev.HaltLifted) -> Trail:
    halts = {name: halt for name, halt in trail.halts.items() if name != event.limit}
    return replace(trail, halts=halts)


def _unexplained(trail: Trail, event: ev.BalanceUnexplained | ev.AssetOversold) -> Trail:
    """Since the first word of it, whatever the amount has become."""
    return replace(trail, unexplained_us={event.asset: event.at_us, **trail.unexplained_us})


def _explained(trail: Trail, event: ev.BalanceExplained) -> Trail:
    left = {name: at_us for name, at_us in trail.unexplained_us.items() if name != event.asset}
    return replace(trail, unexplained_us=left)


_CHANGES: dict[type, Callable[[Trail, Any], Trail]] = {
    ev.SessionStarted: _session_started,
    ev.HaltTripped: lambda trail, event: replace(trail, halts={**trail.halts, event.limit: event}),
    ev.HaltLifted: _halt_lifted,
    ev.BalanceUnexplained: _unexplained,
    ev.AssetOversold: _unexplained,
    ev.BalanceExplained: _explained,
    cap.ProtectionChanged: lambda trail, event: replace(trail, protection=event),
    ses.EventQuarantined: lambda trail, event: replace(trail, faulty_us=event.at_us),
    ev.KillOrdered: lambda trail, event: replace(trail, killed_us=event.at_us),
    ses.VenueLost: lambda trail, event: replace(trail, venue_lost=event),
    ses.VenueFound: lambda trail, _: replace(trail, venue_lost=None),
}
