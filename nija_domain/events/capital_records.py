"""Records of the account itself: protection, milestones, tuning, shadow trades."""

from decimal import Decimal
from typing import Literal

from nija_domain.events.event import Event, Name

Approval = Literal["reopen", "undo", "lift", "limits"]
"""What may not decide itself: to trade again after a halt, to take moves back, looser limits."""


class ApprovalDecided(Event, frozen=True, tag="approval_decided/1", omit_defaults=True):
    """What a person decided; `subject` is the halt or the fingerprint of the limits."""

    what: Approval
    is_granted: bool
    directive: int
    why: str
    subject: str = ""


class ProtectionChanged(Event, frozen=True, tag="protection_changed/1"):
    """`halting_equity` is set by an approval: at that equity the halt returns."""

    before: str
    after: str
    drawdown: float
    reason: str
    halting_equity: Decimal | None = None


class MilestoneReached(Event, frozen=True, tag="milestone_reached/1"):
    """Profit reached a milestone; a part of the profit is locked from now on."""

    rung: Decimal
    locked: Decimal
    bonus: float


class CapitalTuned(Event, frozen=True, tag="capital_tuned/1"):
    """A parameter of the account changed by itself, or was changed back, with the evidence."""

    parameter: str
    before: float
    after: float
    evidence: dict[str, float]
    reason: str


class ShadowEntered(Event, frozen=True, tag="shadow_entered/2"):
    """A shadow trade begins: bought as computed while the account is halted, nothing is sent."""

    agent: Name
    symbol: str
    quantity: Decimal
    price: Decimal
    stop_price: Decimal
    fee: Decimal


class ShadowClosed(Event, frozen=True, tag="paper_closed/1"):
    """A shadow trade ends: gross profit and fees of the round trip apart.

    The tag keeps the word that it was first written with: journals hold it.
    """

    symbol: str
    price: Decimal
    gross: Decimal
    fees: Decimal
    reason: str
