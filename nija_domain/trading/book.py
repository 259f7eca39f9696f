"""A book: the orders, positions and money of one purse."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from nija_domain.capital.account import Capital
from nija_domain.events.position_id import PositionId, Slot
from nija_domain.events.records import PresetChosen, PresetRewarded, SignalAnswered, SignalGiven
from nija_domain.market.money import ZERO
from nija_domain.policies.bandit import Posterior
from nija_domain.trading.orders import Order, Orders


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent holds of one symbol under one tag, since its entry's first fill.

    `lowest` and `highest` are the prices reached meanwhile. `target_price` and `leave_by_us` are
    when it is left without a signal. `exposed_us` is since when no stop is known to cover it, and
    `stop_next_us` when another one may be placed: at once where a look at the balances has shown
    what a refused one may ask for. A sale that failed is tried again at `exit_next_us`.
    """

    position_id: PositionId
    entry_id: str
    stop_price: Decimal
    decided_us: int
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
    lowest: float | None = None
    highest: float | None = None
    target_price: Decimal | None = None
    leave_by_us: int | None = None
    exposed_us: int | None = None
    stop_next_us: int = 0
    is_stop_due: bool = False
    stops_placed: int = 0
    exit_tries: int = 0
    exit_next_us: int | None = None

    @property
    def name(self) -> str:
        return str(self.position_id)

    @property
    def slot(self) -> Slot:
        return self.position_id.slot

    @property
    def symbol(self) -> str:
        return self.position_id.slot.symbol

    @property
    def agent(self) -> str:
        return self.position_id.slot.agent


class Purse(msgspec.Struct, frozen=True, kw_only=True):
    """The money of a book, and the marks that its losses are measured from."""

    cash: Decimal = ZERO
    deposits: Decimal = ZERO
    equity: Decimal = ZERO
    peak_equity: Decimal = ZERO
    day: int = -1
    day_start_equity: Decimal = ZERO

    def with_mark(self, equity: Decimal, *, day: int, day_start: Decimal) -> "Purse":
        return replace(
            self,
            equity=equity,
            peak_equity=max(self.peak_equity, equity),
            day=day,
            day_start_equity=day_start,
        )


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """`positions` by their names; `chosen` and `rule_states` by agent and symbol.

    `numbers` are those of each slot's newest position. Of the newest bar, `wishes` are what the
    rules said, and `signals` what waits for the decision; `drawn_us` is the newest bar that presets
    were drawn after. `entry_times_us` are of the last hour, `order_times_us` of the last minute.
    """

    orders: Orders = Orders()
    positions: dict[str, Position] = {}
    numbers: dict[str, int] = {}
    purse: Purse = Purse()
    capital: Capital = Capital()
    wishes: tuple[SignalGiven, ...] = ()
    signals: tuple[SignalGiven | SignalAnswered, ...] = ()
    decided_us: int = -1
    drawn_us: int = -1
    entry_times_us: tuple[int, ...] = ()
    order_times_us: tuple[int, ...] = ()
    intent_count: int = 0
    rule_states: dict[str, tuple[float, ...]] = {}
    chosen: dict[str, PresetChosen] = {}
    beliefs: dict[str, Posterior] = {}
    rewards: tuple[PresetRewarded, ...] = ()

    def in_slot(self, slot: Slot) -> Position | None:
        """The newest position of a slot that is still open."""
        found = [position for position in self.positions.values() if position.slot == slot]
        return found[-1] if found else None

    def held_in(self, symbol: str) -> list[Position]:
        """The open positions of all agents in a symbol."""
        return [position for position in self.positions.values() if position.symbol == symbol]

    def is_at_work(self, agent: str, symbol: str) -> bool:
        """Whether the agent has a position or a live order in the symbol."""
        return any(slot.agent == agent and slot.symbol == symbol for slot in self._used_slots())

    def slots_at_work(self) -> frozenset[Slot]:
        """The slots with a position, or with an entry on its way."""
        entries = (order.slot for order in self.orders.live.values() if order.role == "entry")
        return frozenset((*(position.slot for position in self.positions.values()), *entries))

    def _used_slots(self) -> Iterator[Slot]:
        yield from (position.slot for position in self.positions.values())
        yield from (order.slot for order in self.orders.live.values())

    def with_order(self, order: Order) -> "Book":
        return replace(self, orders=self.orders.put(order, kept_entries=self._entries_held))

    def _entries_held(self) -> frozenset[str]:
        return frozenset(position.entry_id for position in self.positions.values())

    def with_position(self, position: Position) -> "Book":
        return replace(self, positions={**self.positions, position.name: position})

    def without_position(self, name: str) -> "Book":
        left = {key: each for key, each in self.positions.items() if key != name}
        return replace(self, positions=left)
