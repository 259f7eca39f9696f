"""Records of version 1 as they lie in older journals, and what they are today.

Version 1 knew one position for each symbol. What it did not tell stays empty, and the core fills it
in: the position of an order is the one of its symbol.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from nija_domain.events.capital_records import ShadowEntered
from nija_domain.events.event import Event
from nija_domain.events.order_records import (
    CancelIntended,
    OrderFilled,
    OrderIntended,
    Role,
    Side,
    WaterfallStep,
)
from nija_domain.events.position_id import CORE, agent_of
from nija_domain.events.position_records import PositionOpened, TradeClosed
from nija_domain.events.signal_records import EntryRefused, SignalAction, SignalAnswered

UNTOLD = ""
"""Stands for what a record of version 1 did not tell."""

FEE_ASSET = "USD"


class SignalGivenV1(Event, frozen=True, tag="signal_given/1"):
    symbol: str
    action: SignalAction
    share: float
    stop_fraction: float
    config_id: str
    reasoning: str


class OrderIntendedV1(Event, frozen=True, tag="order_intended/1"):
    order_id: str
    symbol: str
    side: Side
    role: Role
    quantity: Decimal
    stop_price: Decimal | None
    decision_price: float
    regime: str
    config_id: str
    release_id: str
    reason: str
    waterfall: tuple[WaterfallStep, ...]


class CancelIntendedV1(Event, frozen=True, tag="cancel_intended/1"):
    order_id: str
    reason: str


class EntryRefusedV1(Event, frozen=True, tag="entry_refused/1"):
    symbol: str
    reason: str
    release_id: str


class OrderFilledV1(Event, frozen=True, tag="order_filled/1"):
    order_id: str
    trade_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    release_id: str


class PositionOpenedV1(Event, frozen=True, tag="position_opened/1"):
    symbol: str
    quantity: Decimal
    price: Decimal
    stop_price: Decimal
    release_id: str


class TradeClosedV1(Event, frozen=True, tag="trade_closed/1"):
    symbol: str
    opened_us: int
    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal
    gross: Decimal
    fees: Decimal
    regime: str
    config_id: str
    release_id: str


class ShadowEnteredV1(Event, frozen=True, tag="paper_entered/1"):
    symbol: str
    quantity: Decimal
    price: Decimal
    stop_price: Decimal
    fee: Decimal


Version1 = (
    SignalGivenV1
    | OrderIntendedV1
    | CancelIntendedV1
    | EntryRefusedV1
    | OrderFilledV1
    | PositionOpenedV1
    | TradeClosedV1
    | ShadowEnteredV1
)


def upcast(event: Any) -> Any:  # noqa: ANN401 - any record, of any version
    """The record in its newest version."""
    newest = _UPCASTERS.get(type(event))
    return newest(msgspec.structs.asdict(event)) if newest else event


_UPCASTERS: dict[type, Callable[[dict[str, Any]], Event]] = {
    SignalGivenV1: lambda told: SignalAnswered(**told, agent=agent_of(told["config_id"]), tag=CORE),
    OrderIntendedV1: lambda told: OrderIntended(**told, position_id=UNTOLD),
    CancelIntendedV1: lambda told: CancelIntended(**told, position_id=UNTOLD),
    EntryRefusedV1: lambda told: EntryRefused(**told, agent=UNTOLD, tag=UNTOLD),
    OrderFilledV1: lambda told: OrderFilled(**told, position_id=UNTOLD, fee_asset=FEE_ASSET),
    PositionOpenedV1: lambda told: PositionOpened(**told, position_id=UNTOLD),
    TradeClosedV1: lambda told: TradeClosed(**told, position_id=UNTOLD, reason=UNTOLD),
    ShadowEnteredV1: lambda told: ShadowEntered(**told, agent=UNTOLD),
}

_UNTOLD_FIELDS: dict[type, tuple[str, ...]] = {
    OrderIntended: ("position_id", "target_price", "leave_by_us"),
    CancelIntended: ("position_id",),
    EntryRefused: ("agent", "tag", "limit", "value", "bound"),
    PositionOpened: ("position_id",),
    TradeClosed: ("position_id", "reason", "mae", "mfe"),
    ShadowEntered: ("agent",),
}
"""Of each derived record; the first is never empty in a record of version 2."""


def position_key(event: OrderIntended | PositionOpened | TradeClosed) -> str:
    """The name of the position; in version 1, which does not tell it, that of its symbol."""
    return event.position_id or event.symbol


def untold_fields(event: object) -> tuple[str, ...]:
    """The fields that a record did not tell because it is of version 1."""
    fields = _UNTOLD_FIELDS.get(type(event), ())
    return fields if fields and getattr(event, fields[0]) == UNTOLD else ()
