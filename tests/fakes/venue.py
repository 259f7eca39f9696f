"""A venue in memory behind the executor's ports: the domain's broker, a world, and faults."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from executor.ports import VerifiedRelease
from nija_domain.errors import NijaError, OutcomeUnknown, VenueRefused, VenueUnreachable
from nija_domain.events import records as ev
from nija_domain.events.chain import decode_event, encode_event
from nija_domain.market.candles import Candle, CandleHistory
from nija_domain.market.instruments import Instrument
from nija_domain.releases.directive import Directive
from nija_domain.trading import broker as desk
from nija_domain.trading.matching import FillModel
from nija_domain.trading.order_ids import entry_id_of
from nija_domain.trading.reports import FillReport, OrderReport, PlacedOrder
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

    async def fetch_time_us(self) -> int:
        self._answer_or_not()
        return self._clock.now_us()

    async def fetch_instruments(self, symbols: Sequence[str]) -> tuple[Instrument, ...]:
        self._answer_or_not()
        listed = [symbol for symbol in symbols if symbol not in self.faults.delisted]
        return tuple(instrument_of(symbol) for symbol in listed)

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

    async def fetch_cash(self) -> Decimal:
        self._answer_or_not()
        return self.cash

    async def place_order(self, order: PlacedOrder) -> str:
        self._answer_or_not()
        self.sent.append(order)
        if self._strikes("refusals") or self._oversells(order):
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

    async def fetch_orders(self, *, since_us: int) -> list[OrderReport]:  # noqa: ARG002
        self._answer_or_not()
        return self._shown()

    async def fetch_open_orders(self) -> list[OrderReport]:
        self._answer_or_not()
        return [report for report in self._shown() if report.status == "open"]

    async def fetch_fills(self, *, since_us: int) -> list[FillReport]:
        self._answer_or_not()
        return [fill for fill in self._fills if fill.at_us >= since_us]

    async def find_order(self, client_id: str) -> OrderReport | None:
        reports = await self.fetch_orders(since_us=0)
        return next((r for r in reports if r.client_id == client_id), None)

    async def close(self) -> None:
        return None

    @property
    def cash(self) -> Decimal:
        self._catch_up()
        cash = STARTING_CASH
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

    def _oversells(self, order: PlacedOrder) -> bool:
        """A spot venue reserves for each resting sale; nothing is sold twice."""
        resting = [slip.order for slip in self.resting(order.symbol)]
        reserved = sum((o.quantity for o in resting if o.side == "sell"), start=Decimal(0))
        free = self.holdings.get(order.symbol, Decimal(0)) - reserved
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


class FakeSwitch:
    """A kill switch in memory."""

    def __init__(self) -> None:
        self.ordered: str | None = None
        self.is_lifted = False

    def reason(self) -> str | None:
        return self.ordered

    def is_disarmed(self) -> bool:
        return self.is_lifted

    def forget(self) -> None:
        self.ordered, self.is_lifted = None, False


class PowerCut(BaseException):
    """The process is gone; what the journal holds is all that is left."""


class FakeJournal:
    """Records as bytes; after `records_max` of them the power is cut."""

    def __init__(self, bodies: Sequence[bytes] = (), *, records_max: int | None = None) -> None:
        self.bodies = list(bodies)
        self.batch_ends: set[int] = set()
        self._records_max = records_max

    @property
    def events(self) -> list[ev.JournalEvent]:
        return [decode_event(body) for body in self.bodies]

    async def commit(self, events: Sequence[ev.JournalEvent]) -> int:
        return self.append(events)

    def append(self, events: Sequence[ev.JournalEvent]) -> int:
        self.bodies += [encode_event(event) for event in events]
        self.batch_ends.add(len(self.bodies))
        if self._records_max is not None and len(self.bodies) >= self._records_max:
            del self.bodies[self._records_max :]
            raise PowerCut
        return len(self.bodies)

    def read(self, after_sequence: int = 0) -> Iterator[tuple[int, ev.JournalEvent]]:
        for sequence, event in enumerate(self.events, start=1):
            if sequence > after_sequence:
                yield sequence, event

    def close(self) -> None:
        return None


class FakeReleases:
    """A channel: the release that it points at, or the error that its loading ends in."""

    def __init__(self, release: VerifiedRelease | None = None) -> None:
        self.release = release
        self.failure: NijaError | None = None
        self.pointer_failure: NijaError | None = None
        self.loads = 0
        self.directives: dict[int, Directive | NijaError] = {}

    def directives_after(self, number: int) -> list[int]:
        return sorted(known for known in self.directives if known > number)

    def load_directive(self, number: int) -> Directive:
        found = self.directives[number]
        if isinstance(found, NijaError):
            raise found
        return found

    def pointed_release_id(self) -> str | None:
        if self.pointer_failure:
            raise self.pointer_failure
        return self.release.release_id if self.release else None

    def load_verified(self) -> VerifiedRelease:
        self.loads += 1
        if self.failure:
            raise self.failure
        assert self.release is not None
        return self.release
