"""Everything that the core knows, computed from the journal; never changed in place."""

from decimal import Decimal
from typing import Literal

import msgspec
from msgspec.structs import replace

from nija_domain.capital.account import Capital
from nija_domain.capital.limits import HardLimits, tightened
from nija_domain.capital.protection import ProtectionRules
from nija_domain.events.records import (
    OrderIntended,
    PresetChosen,
    PresetRewarded,
    Role,
    Side,
    SignalGiven,
)
from nija_domain.features.stream import FeatureStates
from nija_domain.market.instruments import Instrument
from nija_domain.market.money import ZERO
from nija_domain.policies.bandit import Posterior
from nija_domain.regimes.filter import FilterState
from nija_domain.regimes.hierarchy import MacroState
from nija_domain.regimes.model import feature_columns
from nija_domain.releases.content import ReleaseContent
from nija_domain.safety.restrictions import Restrictions
from nija_domain.trading.order_ids import entry_id_of, stop_id_of

CLOSED_ORDERS_MAX = 500
"""Closed orders kept in the state, so that a late or doubled fill still finds its order."""

OrderStatus = Literal["intended", "accepted", "unknown", "refused", "closed"]
LIVE_STATUSES: tuple[OrderStatus, ...] = ("intended", "accepted", "unknown")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One order of ours.

    An attached stop has the role `stop` and follows its entry's fills; if the entry fills on after
    its stop has sold, the venue attaches a successor. `doubted_us` is when the order became
    unknown: from then on a look-up must find it.
    """

    order_id: str
    symbol: str
    side: Side
    role: Role
    quantity: Decimal
    status: OrderStatus
    intended_us: int
    release_id: str
    doubted_us: int | None = None
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


class SymbolState(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol at its last closed candle.

    A new release resets everything to its cut except the mark: positions keep the value of the
    newest close.
    """

    ts_us: int
    close: float
    features: FeatureStates
    values: tuple[float, ...]
    filtered: FilterState
    marked_us: int
    mark_price: float
    regime: str = ""
    micro: dict[str, FilterState] = {}


class MarketState(msgspec.Struct, frozen=True, kw_only=True):
    """The market at its last row; a later bar waits until it is complete."""

    ts_us: int
    pending_us: int
    features: FeatureStates
    macro: MacroState


class ActiveRelease(msgspec.Struct, frozen=True):
    release_id: str
    fingerprint: str
    content: ReleaseContent

    def regime_row(self, values: tuple[float, ...]) -> tuple[float, ...]:
        """The features that the regime model reads, in its order."""
        columns = feature_columns(self.content.regimes, self.content.feature_names)
        return tuple(values[column] for column in columns)

    def filtered_probs(self, symbol_state: SymbolState) -> dict[str, float]:
        names = self.content.regimes.state_names
        return dict(zip(names, symbol_state.filtered.probabilities, strict=True))


class State(msgspec.Struct, frozen=True, kw_only=True):
    limits: HardLimits | None = None
    release: ActiveRelease | None = None
    instruments: dict[str, Instrument] = {}
    symbols: dict[str, SymbolState] = {}
    market: MarketState | None = None
    orders: dict[str, Order] = {}
    positions: dict[str, Position] = {}
    account: Account = Account()
    capital: Capital = Capital()
    signals: tuple[SignalGiven, ...] = ()
    decided_us: int = -1
    entry_times_us: tuple[int, ...] = ()
    intent_count: int = 0
    restrictions: Restrictions = Restrictions()
    chosen: dict[str, PresetChosen] = {}
    beliefs: dict[str, Posterior] = {}
    rewards: tuple[PresetRewarded, ...] = ()

    @property
    def limits_in_force(self) -> HardLimits | None:
        """The hard limits, tightened by the active release."""
        if self.limits is None or self.release is None:
            return self.limits
        return tightened(self.limits, self.release.content.envelope)

    @property
    def protection_rules(self) -> ProtectionRules:
        limits = self.limits_in_force
        return limits.protection if limits else ProtectionRules()

    @property
    def held_symbols(self) -> frozenset[str]:
        """Symbols with a position; while the account is halted, with a shadow trade too."""
        shadow = self.capital.shadow
        return frozenset((*self.positions, *(shadow.positions if shadow else ())))

    @property
    def followed_symbols(self) -> frozenset[str]:
        """The release's symbols, and those with a position or an open order."""
        universe = self.release.content.universe if self.release else ()
        on_their_way = (order.symbol for order in self.orders.values() if order.is_live)
        return frozenset((*universe, *self.held_symbols, *on_their_way))

    def live_orders(self, symbol: str) -> list[Order]:
        return [o for o in self.orders.values() if o.symbol == symbol and o.is_live]

    def stops_of(self, entry_id: str) -> list[Order]:
        """The stops of an entry, in the order of their numbers."""
        stops: list[Order] = []
        while stop := self.orders.get(stop_id_of(entry_id, number=len(stops) + 1)):
            stops.append(stop)
        return stops


def with_status(state: State, order_id: str, status: OrderStatus) -> State:
    """Only a live order changes its status; an ended one stays as it is."""
    order = state.orders.get(order_id)
    if order is None or not order.is_live:
        return state
    return with_order(state, replace(order, status=status))


def with_order(state: State, order: Order) -> State:
    """Orders are kept in the order of their ends, so that the oldest are dropped first."""
    orders: dict[str, Order] = {**state.orders}
    if not order.is_live:
        orders.pop(order.order_id, None)
    orders[order.order_id] = order
    if len(orders) > CLOSED_ORDERS_MAX:
        for order_id in _forgettable(state, orders):
            del orders[order_id]
    return replace(state, orders=orders)


def _forgettable(state: State, orders: dict[str, Order]) -> list[str]:
    """Closed orders beyond the limit, except those of an open position."""
    named = {position.entry_id for position in state.positions.values()}
    closed = [
        order.order_id
        for order in orders.values()
        if not order.is_live and entry_id_of(order.order_id) not in named
    ]
    return closed[: max(0, len(closed) - CLOSED_ORDERS_MAX)]
