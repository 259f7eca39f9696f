"""Events as bytes, and the hash chain that binds each to all before it."""

import hashlib
from collections.abc import Iterable

import msgspec

from nija_domain.errors import EventInvalid, JournalBroken
from nija_domain.events.records import JournalEvent

GENESIS_HASH = hashlib.sha256(b"nija journal").digest()

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(JournalEvent)


class Link(msgspec.Struct, frozen=True):
    """One row of a chained file."""

    sequence: int
    body: bytes
    hash: bytes


def encode_event(event: JournalEvent) -> bytes:
    return _encoder.encode(event)


def decode_event(body: bytes) -> JournalEvent:
    try:
        event: JournalEvent = _decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise EventInvalid(
            f"a journal record is not an event of this version ({error});"
            " open it with the version that wrote it"
        ) from error
    return event


def link_after(previous: Link | None, body: bytes) -> Link:
    """The row that follows: its hash covers its number, its body and the hash before."""
    sequence = previous.sequence + 1 if previous else 1
    previous_hash = previous.hash if previous else GENESIS_HASH
    digest = hashlib.sha256(previous_hash + sequence.to_bytes(8, "big") + body).digest()
    return Link(sequence, body, digest)


def verify_chain(links: Iterable[Link]) -> Link | None:
    """The last row of a whole chain; the first row that does not fit is named."""
    previous: Link | None = None
    for link in links:
        expected = link_after(previous, link.body)
        if link != expected:
            raise JournalBroken(
                f"the chain breaks at record {expected.sequence}: the file was changed or damaged;"
                " restore it from a copy, or move it away to start a new journal"
            )
        previous = link
    return previous
