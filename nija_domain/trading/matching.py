"""The fill model, used by simulated venue, back-test and paper alike.

Costs go against us: half the spread plus slippage for market orders, prices rounded to the next
tick on the losing side, the fee in quote currency rounded up to 1e-8. A limit order fills at its
limit; one that is already passed fills at the market's price with its costs, never worse than the
limit. A stop fills at the worse of its trigger and the market, with costs. Without volume nothing
trades.
"""

from decimal import Decimal
from typing import Literal

import msgspec

from nija_domain.errors import NumberInvalid, SettingsInvalid
from nija_domain.market.candles import Bar
from nija_domain.market.instruments import Instrument
from nija_domain.market.money import ZERO, ceil_to_step, floor_to_step
from nija_domain.trading.rounding import price_to_decimal, quantity_to_decimal

Side = Literal["buy", "sell"]
OrderKind = Literal["market", "limit", "stop-loss"]

FEE_STEP = Decimal("1e-8")
_BPS = Decimal("1e-4")
_BPS_LIMIT = Decimal(1_000)
_ONE = Decimal(1)


class FillModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The costs of a fill, and the share of a bar's volume that one order can take."""

    spread_bps: Decimal = Decimal(4)
    slippage_bps: Decimal = Decimal(2)
    participation_rate: Decimal = Decimal("0.1")

    def __post_init__(self) -> None:
        for name, value in (("spread_bps", self.spread_bps), ("slippage_bps", self.slippage_bps)):
            if not ZERO <= value < _BPS_LIMIT:
                raise SettingsInvalid(f"{name} is {value}; it must lie in [0, {_BPS_LIMIT})")
        if not ZERO < self.participation_rate <= _ONE:
            raise SettingsInvalid(
                f"participation_rate is {self.participation_rate}; it must lie in (0, 1]"
            )

    @property
    def taking_cost(self) -> Decimal:
        """The cost of a market order as a fraction of the price."""
        return (self.spread_bps / 2 + self.slippage_bps) * _BPS


class RestingOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The unfilled part of an order; `price` is its limit or its trigger."""

    order_id: str
    symbol: str
    side: Side
    kind: OrderKind
    quantity: Decimal
    price: Decimal | None

    def __post_init__(self) -> None:
        if self.quantity <= 0:
            raise NumberInvalid(
                f"order {self.order_id} has quantity {self.quantity}; it must be above zero"
            )
        if (self.price is None) != (self.kind == "market"):
            raise NumberInvalid(
                f"order {self.order_id} of kind {self.kind} has price {self.price};"
                " a limit or a stop needs one, a market order has none"
            )


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """A trade of one order; the fee is in quote currency."""

    quantity: Decimal
    price: Decimal
    fee: Decimal


class PriceSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of price: its start, its end, and how much one order can take there."""

    opening: Decimal
    low: Decimal
    high: Decimal
    available: Decimal


def span_between(price_from: Decimal, price_to: Decimal, *, available: Decimal) -> PriceSpan:
    """The stretch of a price that moves straight from one tick to another."""
    return PriceSpan(
        opening=price_from,
        low=min(price_from, price_to),
        high=max(price_from, price_to),
        available=available,
    )


def match_bar(
    order: RestingOrder, bar: Bar, *, instrument: Instrument, model: FillModel
) -> Fill | None:
    """What an order that rests at the open of a bar gets from that bar."""
    tick = instrument.tick_size
    span = PriceSpan(
        opening=price_to_decimal(bar.open, tick_size=tick, toward="nearest"),
        low=price_to_decimal(bar.low, tick_size=tick, toward="up"),
        high=price_to_decimal(bar.high, tick_size=tick, toward="down"),
        available=quantity_available(bar.volume, instrument=instrument, model=model),
    )
    return match_span(order, span, instrument=instrument, model=model)


def match_span(
    order: RestingOrder, span: PriceSpan, *, instrument: Instrument, model: FillModel
) -> Fill | None:
    """One fill: whether the order is reached, how much, at what price, for what fee."""
    _check_steps(order, instrument=instrument)
    quantity = min(order.quantity, floor_to_step(span.available, step=instrument.lot_size))
    if quantity <= 0 or not is_reached(order, span):
        return None
    price = _fill_price(order, span, tick_size=instrument.tick_size, cost=model.taking_cost)
    fee = ceil_to_step(quantity * price * instrument.taker_fee_rate, step=FEE_STEP)
    return Fill(quantity=quantity, price=price, fee=fee)


def is_reached(order: RestingOrder, span: PriceSpan) -> bool:
    """Whether the price reached the order; a market order is always reached."""
    if order.price is None:
        return True
    return span.low <= order.price if waits_below(order) else span.high >= order.price


def waits_below(order: RestingOrder) -> bool:
    """Whether a falling price reaches it: a limit to buy, or a stop that sells."""
    return (order.kind == "limit") == (order.side == "buy")


def remaining_after(order: RestingOrder, fill: Fill) -> RestingOrder | None:
    """What still rests after a fill; a stop that has begun to fill becomes a market order."""
    left = order.quantity - fill.quantity
    if left <= 0:
        return None
    triggered = order.kind == "stop-loss"
    return RestingOrder(
        order_id=order.order_id,
        symbol=order.symbol,
        side=order.side,
        kind="market" if triggered else order.kind,
        quantity=left,
        price=None if triggered else order.price,
    )


def quantity_available(volume: float, *, instrument: Instrument, model: FillModel) -> Decimal:
    """How many lots one order can take of this volume."""
    if volume == 0:
        return ZERO
    traded = quantity_to_decimal(volume, lot_size=instrument.lot_size)
    return floor_to_step(traded * model.participation_rate, step=instrument.lot_size)


def _fill_price(
    order: RestingOrder, span: PriceSpan, *, tick_size: Decimal, cost: Decimal
) -> Decimal:
    buys = order.side == "buy"
    worse, better = (max, min) if buys else (min, max)
    reference = span.opening
    if order.kind == "stop-loss" and order.price is not None:
        reference = worse(order.price, span.opening)
    taken = _price_after_cost(reference, buys=buys, tick_size=tick_size, cost=cost)
    if order.kind == "limit" and order.price is not None:
        return better(order.price, taken)
    return taken


def _price_after_cost(
    reference: Decimal, *, buys: bool, tick_size: Decimal, cost: Decimal
) -> Decimal:
    if buys:
        return ceil_to_step(reference * (_ONE + cost), step=tick_size)
    return max(tick_size, floor_to_step(reference * (_ONE - cost), step=tick_size))


def _check_steps(order: RestingOrder, *, instrument: Instrument) -> None:
    if order.symbol != instrument.symbol:
        raise NumberInvalid(
            f"order {order.order_id} of {order.symbol} was matched with {instrument.symbol};"
            " pass the order's own instrument"
        )
    if order.quantity % instrument.lot_size:
        raise NumberInvalid(
            f"order {order.order_id} has quantity {order.quantity}, no multiple of the lot"
            f" {instrument.lot_size}; floor it before it rests"
        )
    if order.price is not None and (order.price <= 0 or order.price % instrument.tick_size):
        raise NumberInvalid(
            f"order {order.order_id} has price {order.price}, no multiple of the tick"
            f" {instrument.tick_size}; round it before it rests"
        )
