"""A venue in memory behind the executor's ports: the domain's broker, a world, and faults."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from nija_domain.errors import (
    FundsRefused,
    OutcomeUnknown,
    StepsRefused,
    VenueRefused,
    VenueUnreachable,
)
from nija_domain.events import records as ev
from nija_domain.market.candles import Bar, Candle, CandleHistory
from nija_domain.market.instruments import Instrument
from nija_domain.trading import broker as desk
from nija_domain.trading.matching import FillModel
from nija_domain.trading.order_ids import entry_id_of
from nija_domain.trading.reports import (
    BalanceReport,
    FillReport,
    OddRow,
    OrderReport,
    PlacedOrder,
)
from tests.fakes.stages import STARTING_CASH, TIMEFRAME_US, instrument_of


class FakeClock:
    def __init__(self, now_us: int) -> None:
        self.at_us = now_us

    def now_us(self) -> int:
        return self.at_us

    def sync(self, origin_us: int) -> None:
        self.at_us = max(self.at_us, origin_us)


class Faults(msgspec.Struct):
    """Switches; each count is used up by what it spoils."""

    lost_answers: int = 0
    lost_orders: int = 0
    refusals: int = 0
    unreachable_calls: int = 0
    lost_cancels: int = 0
    order_delay_us: int = 0
    stop_delay_us: int = 0
    candle_delay_us: dict[str, int] = {}
    delisted: set[str] = set()
    balances_stale: bool = False


class FakeVenue:
    """One account; bars trade when the clock has passed their close."""

    def __init__(
        self,
        candles: Mapping[str, CandleHistory],
        *,
        clock: FakeClock,
        first_row: int,
        model: FillModel | None = None,
    ) -> None:
        self.faults = Faults()
        self.sent: list[PlacedOrder] = []
        self.calls = 0
        self._candles = candles
        self._clock = clock
        self._row = first_row
        self._model = model or FillModel()
        self._broker = desk.Broker()
        self._reports: dict[str, OrderReport] = {}
        self._shown_from_us: dict[str, int] = {}
        self._fills: list[FillReport] = []
        self._foreign: list[OrderReport | OddRow] = []
        self._deposits = Decimal(0)
        self._stale: BalanceReport | None = None
        self.strange: dict[str, Decimal] = {}
        """Coins in the account that no order of ours brought, by asset."""
        self.kept_by_hand: dict[str, Decimal] = {}
        """Coins that an open order of somebody else keeps, by asset."""
        self.instruments: dict[str, Instrument] = {}
        """What the venue says of a pair instead of what it said at first."""

    async def fetch_time_us(self) -> int:
        self._answer_or_not()
        return self._clock.now_us()

    async def fetch_instruments(self, symbols: Sequence[str]) -> tuple[Instrument, ...]:
        self._answer_or_not()
        listed = [symbol for symbol in symbols if symbol not in self.faults.delisted]
        return tuple(self.instruments.get(each, instrument_of(each)) for each in listed)

    async def fetch_candles(
        self, symbol: str, *, timeframe_us: int, since_us: int, now_us: int
    ) -> list[Candle]:
        self._answer_or_not()
        if symbol in self.faults.delisted:
            raise VenueRefused(f"the venue lists no {symbol}: it will not be traded")
        history = self._candles[symbol]
        known_us = now_us - timeframe_us - self.faults.candle_delay_us.get(symbol, 0)
        return [
            history.candle(row)
            for row, ts_us in enumerate(history.ts_us.tolist())
            if since_us <= ts_us <= known_us
        ]

    async def fetch_balances(self) -> BalanceReport:
        self._answer_or_not()
        if self.faults.balances_stale:
            return self._stale or BalanceReport(totals={})
        held = {symbol.partition("/")[0]: coins for symbol, coins in self.holdings.items()}
        totals = {"USD": self.cash, **held}
        for asset, amount in self.strange.items():
            totals[asset] = totals.get(asset, Decimal(0)) + amount
        self._stale = BalanceReport(
            totals={name: each for name, each in totals.items() if each}, held=self._kept()
        )
        return self._stale

    def _kept(self) -> dict[str, Decimal]:
        """What resting sales keep of each coin, shown or not, whosever they are."""
        kept = {**self.kept_by_hand}
        for slip in self._broker.slips.values():
            if slip.order.side == "sell":
                asset = slip.order.symbol.partition("/")[0]
                kept[asset] = kept.get(asset, Decimal(0)) + slip.order.quantity
        return kept

    def sell_by_hand(self, symbol: str, quantity: Decimal) -> None:
        """A person cancels what rests in the symbol, and sells at the market."""
        now_us = self._clock.now_us()
        for slip in self.resting(symbol):
            self._tell(desk.cancel(self._broker, slip.order.order_id, at_us=now_us))
        order = PlacedOrder(
            client_id=f"by-hand-{now_us}",
            symbol=symbol,
            side="sell",
            quantity=quantity,
            stop_price=None,
        )
        self._tell(desk.place(self._broker, order, release_id="", position_id="", at_us=now_us))

    def crash(self, symbol: str, *, to: float) -> None:
        """The price falls at once, and takes every stop with it."""
        traded = desk.trade_bar(
            self._broker,
            symbol,
            Bar(to, to, to, to, volume=1e9),
            at_us=self._clock.now_us(),
            instrument=instrument_of(symbol),
            model=self._model,
        )
        self._tell(traded)

    def deposit(self, amount: Decimal) -> None:
        """Cash comes, or goes."""
        self._deposits += amount

    def show_foreign(self, report: OrderReport | OddRow) -> None:
        """Somebody else's order rests in the account."""
        self._foreign.append(report)

    async def place_order(self, order: PlacedOrder) -> str:
        self._answer_or_not()
        self.sent.append(order)
        if order.symbol in self.faults.delisted:
            raise StepsRefused(f"the venue lists no {order.symbol}: it will not be traded")
        if order.quantity % self._lot_of(order.symbol):
            raise StepsRefused("EOrder:Invalid lot; read the pair again")
        if self._oversells(order):
            raise FundsRefused("insufficient funds; wait for them")
        if self._strikes("refusals"):
            raise VenueRefused("insufficient funds; wait for them")
        if self._strikes("lost_orders"):
            raise OutcomeUnknown("no answer; look it up")
        self._tell(
            desk.place(
                self._broker, order, release_id="", position_id="", at_us=self._clock.now_us()
            )
        )
        if self._strikes("lost_answers"):
            raise OutcomeUnknown("no answer; look it up")
        return f"V-{order.client_id}"

    async def cancel_order(self, venue_id: str) -> None:
        self._answer_or_not()
        if self._strikes("lost_cancels"):
            raise OutcomeUnknown("no answer; look at the order")
        order_id = venue_id.removeprefix("V-")
        self._tell(desk.cancel(self._broker, order_id, at_us=self._clock.now_us()))

    async def fetch_orders(self, *, since_us: int) -> list[OrderReport | OddRow]:  # noqa: ARG002
        self._answer_or_not()
        return [*self._shown(), *self._foreign]

    async def fetch_open_orders(self) -> list[OrderReport | OddRow]:
        self._answer_or_not()
        return [*(each for each in self._shown() if each.status == "open"), *self._foreign]

    async def fetch_fills(self, *, since_us: int) -> list[FillReport | OddRow]:
        self._answer_or_not()
        return [fill for fill in self._fills if fill.at_us >= since_us]

    async def find_order(self, client_id: str) -> OrderReport | None:
        self._answer_or_not()
        return next((r for r in self._shown() if r.client_id == client_id), None)

    async def close(self) -> None:
        return None

    @property
    def cash(self) -> Decimal:
        self._catch_up()
        cash = STARTING_CASH + self._deposits
        for fill in self._fills:
            value = fill.quantity * fill.price
            cash += (value if fill.side == "sell" else -value) - fill.fee
        return cash

    @property
    def holdings(self) -> dict[str, Decimal]:
        """What the account holds of each symbol; nothing is left out but zero."""
        self._catch_up()
        held: dict[str, Decimal] = {}
        for fill in self._fills:
            signed = fill.quantity if fill.side == "buy" else -fill.quantity
            held[fill.symbol] = held.get(fill.symbol, Decimal(0)) + signed
        return {symbol: quantity for symbol, quantity in held.items() if quantity}

    def resting(self, symbol: str) -> list[desk.Slip]:
        return [s for s in self._broker.slips.values() if s.order.symbol == symbol]

    def _shown(self) -> list[OrderReport]:
        now_us = self._clock.now_us()
        return [r for name, r in self._reports.items() if self._shown_from_us[name] <= now_us]

    def _lot_of(self, symbol: str) -> Decimal:
        return self.instruments.get(symbol, instrument_of(symbol)).lot_size

    def _oversells(self, order: PlacedOrder) -> bool:
        """A spot venue reserves for each resting sale; nothing is sold twice."""
        asset = order.symbol.partition("/")[0]
        there = self.holdings.get(order.symbol, Decimal(0)) + self.strange.get(asset, Decimal(0))
        free = there - self._kept().get(asset, Decimal(0))
        return order.side == "sell" and order.quantity > free

    def _strikes(self, name: str) -> bool:
        left: int = getattr(self.faults, name)
        setattr(self.faults, name, max(0, left - 1))
        return left > 0

    def _answer_or_not(self) -> None:
        self.calls += 1
        if self._strikes("unreachable_calls"):
            raise VenueUnreachable("no route to the venue; wait")
        self._catch_up()

    def _catch_up(self) -> None:
        times = next(iter(self._candles.values())).ts_us
        while self._row < len(times):
            close_us = int(times[self._row]) + TIMEFRAME_US
            if close_us > self._clock.now_us():
                return
            for symbol, history in self._candles.items():
                traded = desk.trade_bar(
                    self._broker,
                    symbol,
                    history.bar(self._row),
                    at_us=close_us,
                    instrument=instrument_of(symbol),
                    model=self._model,
                )
                self._tell(traded)
            self._row += 1

    def _tell(self, made: desk.Brokered) -> None:
        """The broker's events as reports, each shown when its delay is over."""
        self._broker = made.broker
        for event in made.events:
            if isinstance(event, ev.OrderAccepted):
                self._take_in(event)
            elif isinstance(event, ev.OrderFilled):
                self._fill(event)
            elif isinstance(event, ev.OrderSeen):
                known = self._reports[event.order_id]
                self._reports[event.order_id] = replace(
                    known, status=event.status, quantity=event.quantity
                )

    def _take_in(self, event: ev.OrderAccepted) -> None:
        entry_id, name = entry_id_of(event.order_id), event.order_id
        is_stop = entry_id != name
        slip = self._broker.slips.get(name)
        parent = self._reports.get(entry_id)
        symbol = slip.order.symbol if slip else parent.symbol if parent else ""
        self._reports[name] = OrderReport(
            venue_id=f"V-{name}",
            client_id=None if is_stop else name,
            parent_venue_id=f"V-{entry_id}" if is_stop else None,
            symbol=symbol,
            side=slip.order.side if slip else "sell",
            kind="stop-loss" if is_stop else "market",
            status="open",
            quantity=slip.order.quantity if slip else Decimal(0),
            filled_quantity=Decimal(0),
            trigger_price=None,
        )
        delay_us = self.faults.stop_delay_us if is_stop else self.faults.order_delay_us
        self._shown_from_us[name] = event.at_us + delay_us

    def _fill(self, event: ev.OrderFilled) -> None:
        known = self._reports[event.order_id]
        filled = known.filled_quantity + event.quantity
        self._reports[event.order_id] = replace(known, filled_quantity=filled)
        self._fills.append(
            FillReport(
                trade_id=event.trade_id,
                venue_id=known.venue_id,
                symbol=event.symbol,
                side=event.side,
                quantity=event.quantity,
                price=event.price,
                fee=event.fee,
                at_us=event.at_us,
            )
        )
