"""Hard limits as they are read: what is tighter counts at once, what is looser once approved."""

import msgspec
from msgspec.structs import replace

from nija_domain.capital.limits import HardLimits, fingerprint_of, tightened
from nija_domain.events.capital_records import ApprovalDecided
from nija_domain.events.records import LimitsRead
from nija_domain.events.session_records import AUTHORITIES
from nija_domain.market.timeframes import DAY_US
from nija_domain.trading.activation import with_limits
from nija_domain.trading.state import LimitsApproval, State

APPROVAL_LIFE_US = DAY_US
"""How long an approval waits for a start that reads the limits."""


def read_limits(state: State, event: LimitsRead) -> State:
    """The first that were ever read count as they are. An approval is used once."""
    read = msgspec.json.decode(event.content, type=HardLimits)
    counting = read
    if state.limits is not None and state.rules >= AUTHORITIES and not _is_approved(state, event):
        counting = tightened(state.limits, read)
    kept = state.limits_approved if counting != read else None
    return with_limits(replace(state, limits=counting, limits_read=read, limits_approved=kept))


def _is_approved(state: State, event: LimitsRead) -> bool:
    approved, read = state.limits_approved, msgspec.json.decode(event.content, type=HardLimits)
    return (
        approved is not None
        and approved.fingerprint == fingerprint_of(read)
        and event.at_us < approved.until_us
    )


def approve_limits(state: State, event: ApprovalDecided) -> State:
    """Limits that were read before count from now on; others, when they are read in time."""
    if event.what != "limits" or not event.is_granted:
        return state
    read = state.limits_read
    if read is not None and fingerprint_of(read) == event.subject:
        return with_limits(replace(state, limits=read, limits_approved=None))
    until_us = event.at_us + APPROVAL_LIFE_US
    approved = LimitsApproval(fingerprint=event.subject, until_us=until_us)
    return replace(state, limits_approved=approved)
