"""What failed and what to do about it, from journal and ledger."""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from nija_domain.events.ledger import IncidentRecorded, LedgerEntry, ReleaseKept
from nija_domain.events.records import SymbolHalted

RUN_FAILED = "run failed"
REMEDIES = {"candles refused": "import the right candles with `nija import FILE`, then train again"}
STEP_REMEDY = (
    "if the new price is right, run `nija candles confirm`; the next release trained on it ends"
    " the halt"
)
ELSE_REMEDY = "read this message, then the logs under logs/ in NIJA_HOME"
RUN_ID_SHOWN = 8


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """Something that failed, in venue time; equal ones are counted in `times`."""

    at_us: int
    kind: str
    text: str
    remedy: str
    times: int = 1


def recorded_incidents(entries: Iterable[LedgerEntry]) -> tuple[Incident, ...]:
    """The incidents in the ledger."""
    return tuple(filter(None, map(_recorded, entries)))


def _recorded(entry: LedgerEntry) -> Incident | None:
    match entry:
        case IncidentRecorded():
            kind, text, remedy = entry.kind, entry.text, _remedy_of(entry)
        case ReleaseKept():
            kind, text = "release kept as challenger", "; ".join(entry.reasons)
            remedy = "nothing; the next training judges again, on more history"
        case _:
            return None
    return Incident(at_us=entry.at_us, kind=kind, text=text, remedy=remedy)


def _remedy_of(entry: IncidentRecorded) -> str:
    if entry.kind.startswith(RUN_FAILED) and entry.run_id:
        run = entry.run_id[:RUN_ID_SHOWN]
        return f"open run {run} on Dagster's page and read the step that failed"
    return REMEDIES.get(entry.kind, ELSE_REMEDY)


def unreadable_ledger(error: Exception, *, known: tuple[Incident, ...]) -> Incident:
    """A ledger that cannot be read, as an incident; it has the time of the newest known one."""
    at_us = max((incident.at_us for incident in known), default=0)
    return Incident(
        at_us=at_us, kind="ledger unreadable", text=str(error), remedy="do what this message says"
    )


def halt_text(event: SymbolHalted) -> str:
    return f"halted, because its price jumped from {event.before:g} to {event.price:g}"


def newest_incidents(incidents: Iterable[Incident], *, most: int) -> tuple[Incident, ...]:
    """The newest ones first, equal ones merged."""
    found: dict[tuple[str, str], Incident] = {}
    for incident in sorted(incidents, key=lambda each: each.at_us):
        known = found.get((incident.kind, incident.text))
        times = incident.times + (known.times if known else 0)
        found[incident.kind, incident.text] = replace(incident, times=times)
    return tuple(sorted(found.values(), key=lambda each: -each.at_us)[:most])
