"""Events as bytes, and the hash chain that binds each to all before it."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from decimal import InvalidOperation

import msgspec

from nija_domain.errors import EventInvalid, JournalBroken
from nija_domain.events.records import JournalEvent
from nija_domain.events.version_1 import Version1, upcast

GENESIS_HASH = hashlib.sha256(b"nija journal").digest()

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[JournalEvent | Version1] = msgspec.json.Decoder(
    JournalEvent | Version1
)
_newest_decoder: msgspec.json.Decoder[list[JournalEvent]] = msgspec.json.Decoder(list[JournalEvent])

_UNLIKE = (TypeError, UnicodeEncodeError, InvalidOperation)
"""What is raised by a value that JSON has no word for; the last by a signalling NaN."""


class Link(msgspec.Struct, frozen=True):
    """One row of a chained file."""

    sequence: int
    body: bytes
    hash: bytes


def encode_event(event: JournalEvent) -> bytes:
    """The event as bytes, after checking that they read back as the same event."""
    try:
        body = _encoder.encode(event)
        if decode_event(body) == event:
            return body
    except _UNLIKE as error:
        raise _unlike(event) from error
    raise _unlike(event)


def encode_events(events: Sequence[JournalEvent]) -> list[bytes]:
    """Each as `encode_event` does it; all are read back at once, which is faster."""
    try:
        bodies = list(map(_encoder.encode, events))
        if _newest_decoder.decode(b"[%b]" % b",".join(bodies)) == [*events]:
            return bodies
    except (*_UNLIKE, msgspec.MsgspecError):
        pass
    return list(map(encode_event, events))


def _unlike(event: JournalEvent) -> EventInvalid:
    return EventInvalid(
        f"{type(event).__name__} does not read back as it was written;"
        " give each field a finite value of its declared type"
    )


def decode_event(body: bytes) -> JournalEvent:
    """The event in its newest version, whatever version it was written in."""
    try:
        event: JournalEvent = upcast(_decoder.decode(body))
    except msgspec.MsgspecError as error:
        raise EventInvalid(
            f"a journal record cannot be read by this version ({error});"
            " give each field a finite value of its declared type,"
            " or open the file with the version that wrote it"
        ) from error
    return event


def link_after(previous: Link | None, body: bytes, *, genesis: bytes = GENESIS_HASH) -> Link:
    """The next row: its hash covers its number, its body and the hash before."""
    sequence = previous.sequence + 1 if previous else 1
    previous_hash = previous.hash if previous else genesis
    digest = hashlib.sha256(previous_hash + sequence.to_bytes(8, "big") + body).digest()
    return Link(sequence, body, digest)


def link_all(
    bodies: Iterable[bytes], *, previous: Link | None = None, genesis: bytes = GENESIS_HASH
) -> tuple[Link, ...]:
    """The next rows, each linked to the one before."""
    links = []
    for body in bodies:
        previous = link_after(previous, body, genesis=genesis)
        links.append(previous)
    return tuple(links)


def follow_chain(
    links: Iterable[Link], *, previous: Link | None = None, genesis: bytes = GENESIS_HASH
) -> Iterator[Link]:
    """The same rows, each after checking that it fits the one before."""
    for link in links:
        expected = link_after(previous, link.body, genesis=genesis)
        if link != expected:
            raise JournalBroken(
                f"the chain breaks at record {expected.sequence}: the file was changed or damaged;"
                " restore it from a copy, or move it away to start a new journal"
            )
        yield link
        previous = link


def verify_chain(links: Iterable[Link], *, genesis: bytes = GENESIS_HASH) -> Link | None:
    """The last row of an intact chain; raises `JournalBroken` at the first one that differs."""
    last: Link | None = None
    for link in follow_chain(links, genesis=genesis):
        last = link
    return last
