"""What becomes of candidates: releases that trade on paper beside the live book."""

from decimal import Decimal

from nija_domain.events.event import Event, Name
from nija_domain.events.market_records import CandleClosed
from nija_domain.events.position_records import ClosedTrade


class CandidateActivated(Event, frozen=True, tag="candidate_activated/1"):
    """A release trades on paper from now on; whatever its channel had before ends.

    The content travels with the event, so that a journal replays without any other file.
    """

    candidate: Name
    release_id: str
    fingerprint: str
    content: str


class CandidateWarmed(Event, frozen=True, tag="candidate_warmed/1"):
    """The candles between the end of a candidate's history and its begin, in their order."""

    candidate: Name
    candles: tuple[CandleClosed, ...]


class CandidateRejected(Event, frozen=True, tag="candidate_rejected/1"):
    """The release of a candidate's channel was refused."""

    candidate: Name
    release_id: str
    reason: str


class CandidateDropped(Event, frozen=True, tag="candidate_dropped/1"):
    """A candidate ends, and its book with it."""

    candidate: Name
    reason: str


class CandidatesDue(Event, frozen=True, tag="candidates_due/1"):
    """The live orders of the bar are out: now the candidates trade the candles that wait."""


class CandidateTradeClosed(ClosedTrade, frozen=True, kw_only=True, tag="candidate_trade_closed/1"):
    """Derived: a round trip on paper."""

    candidate: Name


class CandidateMarked(Event, frozen=True, tag="candidate_marked/1"):
    """Derived, once a UTC day at its first bar: what a candidate's book is worth."""

    candidate: Name
    equity: Decimal
    cash: Decimal
    open_positions: int
    bars: int
    trades: int


class CandidateFailed(Event, frozen=True, tag="candidate_failed/1"):
    """Derived: the program failed at this candidate, which stands still from now on."""

    candidate: Name
    reason: str
