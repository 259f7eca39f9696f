"""The whole state as bytes: what a start reads instead of folding the journal from its root."""

import msgspec

from nija_domain.errors import EventInvalid
from nija_domain.trading.state import State


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The state after the record `sequence`, as `encode_state` made it."""

    sequence: int
    body: bytes


# Dictionaries keep their order: closed orders are forgotten in it.
_encoder = msgspec.msgpack.Encoder()
_exact_encoder = msgspec.msgpack.Encoder(order="deterministic")
_decoder: msgspec.msgpack.Decoder[State] = msgspec.msgpack.Decoder(State)

UNLIKE = (
    "the state does not read back as it was written, so no snapshot of it is kept;"
    " a field of it holds another type than it declares: report this"
)


def encode_state(state: State) -> bytes:
    """The state as bytes, after checking that they read back as the same state."""
    try:
        body = _encoder.encode(state)
        is_same = _is_same(decode_state(body), state)
    except (TypeError, EventInvalid) as error:
        raise EventInvalid(f"{UNLIKE} ({error})") from error
    if not is_same:
        raise EventInvalid(UNLIKE)
    return body


def decode_state(body: bytes) -> State:
    """Raises `EventInvalid` for bytes that are no state of this version."""
    try:
        return _decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise EventInvalid(
            f"a snapshot cannot be read by this version ({error}); delete it"
        ) from error


def _is_same(found: State, state: State) -> bool:
    """NaN equals nothing, itself included; its bytes do."""
    return found == state or _exact_encoder.encode(found) == _exact_encoder.encode(state)
