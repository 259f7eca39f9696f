"""All entries of the ledger, written by pipelines and command line."""

import hashlib
from collections.abc import Iterable
from typing import Literal

import msgspec

from nija_domain.errors import EventInvalid
from nija_domain.events.event import Event

LEDGER_GENESIS_HASH = hashlib.sha256(b"nija ledger").digest()


class TrialRecorded(Event, frozen=True, tag="trial_recorded/1"):
    """One training or proposal that was tried; the statistics against luck count all of them."""

    kind: str
    parameters: dict[str, str | float]
    metrics: dict[str, float]
    data_snapshot: int
    commit: str


class ProposalJudged(Event, frozen=True, tag="proposal_judged/1"):
    """The verdict over a night's proposal: `candidate` or `nothing`."""

    number: int
    parameters: dict[str, float]
    verdict: Literal["candidate", "nothing"]
    reasons: tuple[str, ...]
    metrics: dict[str, float]


class ReleasePublished(Event, frozen=True, tag="release_published/1"):
    release_id: str
    fingerprint: str
    parents: tuple[str, ...]


class ReleasePromoted(Event, frozen=True, tag="release_promoted/1"):
    """A channel's pointer moved: `previous` is what a roll-back returns to."""

    channel: str
    release_id: str
    previous: str | None
    by: str


class ReleaseHeld(Event, frozen=True, tag="release_held/1"):
    """A release was rolled back and is not promoted again by itself.

    Written before the pointer moves. `run_id` is the run that was asked for it, so that a retry
    resumes it.
    """

    channel: str
    release_id: str
    returns_to: str
    run_id: str


class HoldLifted(Event, frozen=True, tag="hold_lifted/1"):
    """A person allows a release that was rolled back to be promoted again."""

    channel: str
    release_id: str
    why: str


class ReleaseKept(Event, frozen=True, tag="release_kept/1"):
    """A training's release that was not promoted: a challenger, for these reasons."""

    channel: str
    release_id: str
    reasons: tuple[str, ...]


class IncidentRecorded(Event, frozen=True, tag="incident_recorded/1"):
    """Something failed that a person should know; `run_id` leads to its logs."""

    kind: str
    text: str = msgspec.field(name="told")
    run_id: str


class CandlesForgotten(Event, frozen=True, tag="candles_forgotten/1"):
    """A person deleted a series: this many rows; `snapshot` is the last one with all of them."""

    venue: str
    symbol: str
    timeframe_us: int
    rows: int
    oldest_us: int
    newest_us: int
    snapshot: int


class StepConfirmed(Event, frozen=True, tag="step_confirmed/1"):
    """A person confirmed the price step in the bar that contains `step_us`."""

    venue: str
    symbol: str
    step_us: int
    why: str


class AllocationDecided(Event, frozen=True, tag="allocation_decided/1"):
    """One decision of the governor: the weights in force, changed or unchanged."""

    weights: dict[str, float]
    unscaled: dict[str, float]
    cash: float
    multiplier: float
    scores: dict[str, float]
    market: dict[str, float]
    bounds: tuple[float, float]
    is_moved: bool
    reason: str
    source: str
    directive: int | None = None


LedgerEntry = (
    AllocationDecided
    | CandlesForgotten
    | HoldLifted
    | IncidentRecorded
    | ProposalJudged
    | TrialRecorded
    | ReleaseHeld
    | ReleaseKept
    | ReleasePublished
    | ReleasePromoted
    | StepConfirmed
)


def kept_since_promotion(entries: Iterable[LedgerEntry], channel: str) -> tuple[ReleaseKept, ...]:
    """The channel's challengers since its last promotion, oldest first."""
    kept: list[ReleaseKept] = []
    for entry in entries:
        if isinstance(entry, ReleasePromoted) and entry.channel == channel:
            kept.clear()
        elif isinstance(entry, ReleaseKept) and entry.channel == channel:
            kept.append(entry)
    return tuple(kept)


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[LedgerEntry] = msgspec.json.Decoder(LedgerEntry)


def confirmed_steps(entries: Iterable[LedgerEntry], *, venue: str) -> dict[str, frozenset[int]]:
    """The confirmed price steps, by symbol."""
    steps = [e for e in entries if isinstance(e, StepConfirmed) and e.venue == venue]
    return {
        symbol: frozenset(entry.step_us for entry in steps if entry.symbol == symbol)
        for symbol in sorted({entry.symbol for entry in steps})
    }


def encode_entry(entry: LedgerEntry) -> bytes:
    """The entry as bytes that are proved to read back as the same entry."""
    body = _encoder.encode(entry)
    if decode_entry(body) != entry:
        raise EventInvalid(
            f"{type(entry).__name__} does not read back as it was written;"
            " give each field a finite value of its declared type"
        )
    return body


def decode_entry(body: bytes) -> LedgerEntry:
    try:
        return _decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise EventInvalid(
            f"a ledger record cannot be read by this version ({error});"
            " give each field a finite value of its declared type,"
            " or open the file with the version that wrote it"
        ) from error
