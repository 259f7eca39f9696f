"""Reading an order from the fields of a request, strictly."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import get_args

from nija_domain.market.timeframes import SECOND_US
from nija_domain.trading.matching import OrderKind, Side
from simulator import refusals
from simulator.listings import Listing
from simulator.orders import Ticket
from simulator.refusals import Refusal, invalid_argument

_FIELDS = frozenset(
    {
        "nonce",
        "pair",
        "type",
        "ordertype",
        "volume",
        "price",
        "cl_ord_id",
        "close[ordertype]",
        "close[price]",
        "validate",
        "oflags",
        "deadline",
    }
)
_UUID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_FREE_TEXT_LENGTH = 18
_NUMBER_LIMIT = Decimal("1e12")


def read_ticket(fields: Mapping[str, str], *, listing: Listing, is_strict: bool = True) -> Ticket:
    """The order of these fields; a lenient venue drops what it does not know, as Kraken may."""
    for name in fields:
        if is_strict and name not in _FIELDS:
            raise invalid_argument(name)
    if fields.get("oflags", "fciq") not in ("fciq", "fcib"):
        raise invalid_argument("oflags")
    side, kind = fields.get("type", ""), fields.get("ordertype", "")
    if side not in get_args(Side):
        raise invalid_argument("type")
    if kind not in get_args(OrderKind):
        raise invalid_argument("ordertype")
    if (kind == "market") == ("price" in fields):
        raise invalid_argument("price")
    return Ticket(
        symbol=listing.instrument.symbol,
        side="buy" if side == "buy" else "sell",
        kind=_kind(kind),
        quantity=_quantity(fields, listing=listing),
        price=_price(fields, name="price", listing=listing),
        close_price=_close_price(fields, listing=listing),
        client_id=_client_id(fields),
        deadline_us=_deadline_us(fields),
        is_fee_in_coins=fields.get("oflags") == "fcib",
    )


def _deadline_us(fields: Mapping[str, str]) -> int | None:
    """RFC 3339, with a zone: a moment without one would be anybody's."""
    text = fields.get("deadline")
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid_argument("deadline") from error
    if moment.tzinfo is None:
        raise invalid_argument("deadline")
    return round(moment.timestamp() * SECOND_US)


def _kind(text: str) -> OrderKind:
    if text == "market":
        return "market"
    return "limit" if text == "limit" else "stop-loss"


def _quantity(fields: Mapping[str, str], *, listing: Listing) -> Decimal:
    quantity = _number(fields, name="volume")
    if quantity % listing.instrument.lot_size:
        raise invalid_argument("volume")
    return quantity


def _price(fields: Mapping[str, str], *, name: str, listing: Listing) -> Decimal | None:
    if name not in fields:
        return None
    price = _number(fields, name=name)
    if price % Decimal(1).scaleb(-listing.price_decimals):
        raise Refusal(
            f"EOrder:Invalid price:{listing.wsname} price can only be specified up to"
            f" {listing.price_decimals} decimals."
        )
    if price % listing.instrument.tick_size:
        raise Refusal(refusals.TICK_SIZE)
    return price


def _close_price(fields: Mapping[str, str], *, listing: Listing) -> Decimal | None:
    kind, price = fields.get("close[ordertype]"), fields.get("close[price]")
    if kind is None and price is None:
        return None
    if kind != "stop-loss":
        raise invalid_argument("close[ordertype]")
    if price is None:
        raise invalid_argument("close[price]")
    return _price(fields, name="close[price]", listing=listing)


def _client_id(fields: Mapping[str, str]) -> str | None:
    """Kraken takes a UUID, with or without its dashes, or up to 18 characters of free text."""
    client_id = fields.get("cl_ord_id")
    if client_id is None:
        return None
    is_short_text = 0 < len(client_id) <= _FREE_TEXT_LENGTH and client_id.isascii()
    if not is_short_text and not _UUID.fullmatch(client_id):
        raise invalid_argument("cl_ord_id")
    return client_id


def _number(fields: Mapping[str, str], *, name: str) -> Decimal:
    try:
        number = Decimal(fields.get(name, ""))
    except InvalidOperation as error:
        raise invalid_argument(name) from error
    if not number.is_finite() or not 0 < number < _NUMBER_LIMIT:
        raise invalid_argument(name)
    return number
