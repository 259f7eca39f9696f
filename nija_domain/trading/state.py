"""Everything the core knows: a fold over the journal, never changed in place."""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from nija_domain.capital.limits import HardLimits
from nija_domain.events.records import OrderIntended, Role, Side, SignalGiven
from nija_domain.features.stream import FeatureStates
from nija_domain.market.instruments import Instrument
from nija_domain.market.money import ZERO
from nija_domain.regimes.filter import FilterState
from nija_domain.regimes.model import feature_columns
from nija_domain.releases.content import ReleaseContent

CLOSED_ORDERS_MAX = 500
"""Closed orders kept in the state, so that a late or doubled fill still finds its order."""

LIVE_STATUSES = ("intended", "accepted", "unknown")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One order of ours; `status` is intended, accepted, unknown, refused or closed.

    An attached stop has the role `stop` and follows its entry's fills.
    """

    order_id: str
    symbol: str
    side: Side
    role: Role
    quantity: Decimal
    status: str
    intended_us: int
    release_id: str
    venue_id: str | None = None
    filled_quantity: Decimal = ZERO
    is_cancel_intended: bool = False
    intent: OrderIntended | None = None
    fill_ids: frozenset[str] = frozenset()

    @property
    def is_live(self) -> bool:
        return self.status in LIVE_STATUSES


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """What is held of one symbol since its entry's first fill."""

    symbol: str
    entry_id: str
    stop_id: str
    stop_price: Decimal
    opened_us: int
    regime: str
    config_id: str
    release_id: str
    quantity: Decimal = ZERO
    entered_quantity: Decimal = ZERO
    cost: Decimal = ZERO
    proceeds: Decimal = ZERO
    fees: Decimal = ZERO
    exit_reason: str | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    cash: Decimal = ZERO
    deposits: Decimal = ZERO
    equity: Decimal = ZERO
    peak_equity: Decimal = ZERO
    day: int = -1
    day_start_equity: Decimal = ZERO
    halts: frozenset[str] = frozenset()


class SymbolState(msgspec.Struct, frozen=True, kw_only=True):
    """The market of one symbol as of its last closed candle."""

    ts_us: int
    close: float
    features: FeatureStates
    values: tuple[float, ...]
    filtered: FilterState
    regime: str = ""


class ActiveRelease(msgspec.Struct, frozen=True):
    release_id: str
    fingerprint: str
    content: ReleaseContent

    def regime_row(self, values: tuple[float, ...]) -> tuple[float, ...]:
        """The features that the regime model reads, in its order."""
        columns = feature_columns(self.content.regimes, self.content.feature_names)
        return tuple(values[column] for column in columns)


class State(msgspec.Struct, frozen=True, kw_only=True):
    limits: HardLimits | None = None
    release: ActiveRelease | None = None
    instruments: dict[str, Instrument] = {}
    symbols: dict[str, SymbolState] = {}
    orders: dict[str, Order] = {}
    positions: dict[str, Position] = {}
    account: Account = Account()
    signals: tuple[SignalGiven, ...] = ()
    decided_us: int = -1
    entry_times_us: tuple[int, ...] = ()
    intent_count: int = 0

    def live_orders(self, symbol: str) -> list[Order]:
        return [o for o in self.orders.values() if o.symbol == symbol and o.is_live]


def with_status(state: State, order_id: str, status: str) -> State:
    order = state.orders.get(order_id)
    return with_order(state, replace(order, status=status)) if order else state


def with_order(state: State, order: Order) -> State:
    orders: dict[str, Order] = {**state.orders, order.order_id: order}
    closed = [o.order_id for o in orders.values() if not o.is_live]
    for order_id in closed[: max(0, len(closed) - CLOSED_ORDERS_MAX)]:
        del orders[order_id]
    return replace(state, orders=orders)
