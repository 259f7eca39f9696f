"""Reading what a WebSocket client asks for, strictly, in the words of Kraken's v2."""

from collections.abc import Mapping

import msgspec

from simulator.refusals import Refusal

_MALFORMED = "Malformed request"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be subscribed or unsubscribed."""

    channel: str
    symbol: tuple[str, ...] = ()
    interval: int = 1
    event_trigger: str = "trades"
    snapshot: bool = True
    snap_orders: bool = True
    snap_trades: bool = False
    order_status: bool = True
    token: str = ""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    method: str
    params: dict[str, object] = {}
    req_id: int | None = None


def read_request(text: str | bytes) -> Request:
    try:
        return msgspec.json.decode(text, type=Request)
    except msgspec.DecodeError as error:
        raise Refusal(_MALFORMED) from error


def read_wish(params: Mapping[str, object], *, method: str) -> Wish:
    if method not in ("subscribe", "unsubscribe"):
        raise Refusal("Unsupported method")
    for name in params:
        if name not in Wish.__struct_fields__:
            raise Refusal(f"Unsupported field: '{name}' for the given msg type: {method}")
    try:
        return msgspec.convert(dict(params), type=Wish)
    except msgspec.ValidationError as error:
        raise Refusal(_MALFORMED) from error
