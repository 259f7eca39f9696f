"""The core between a broker and a seed: random wishes, partial fills, lost answers, hot swaps."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import msgspec
import numpy as np

from nija_domain.capital.limits import HardLimits
from nija_domain.events import records as ev
from nija_domain.market.timeframes import SECOND_US
from nija_domain.releases.content import encode_content
from nija_domain.trading import broker as desk
from nija_domain.trading.account import CASH_ASSET
from nija_domain.trading.commands import Action, LookUp, SendOrder
from nija_domain.trading.core import advance
from nija_domain.trading.due import due_us
from nija_domain.trading.matching import FillModel
from nija_domain.trading.order_ids import entry_id_of
from nija_domain.trading.reports import PlacedOrder
from nija_domain.trading.state import State
from tests.fakes.stages import (
    STARTING_CASH,
    SYMBOLS,
    TIMEFRAME_US,
    WARM_UP_BARS,
    content_after,
    draw_candles,
    instrument_of,
)

TIGHT = HardLimits(max_open_positions=2, max_entries_per_hour=4, max_position_share=0.2)
AGENTS = ("trend", "storm")
"""One runs inside the core, and its wishes come from outside too; one has no strategy there."""

LOST_CANCELS_MAX = 2
"""Of one order: within the seconds that a storm plays after a bar, the third comes through."""

MODELS = (FillModel(), FillModel(participation_rate=Decimal("0.00003")))


class Storm:
    """One session under random events; everything that happened stands in `events`."""

    def __init__(self, seed: int, *, bars: int = 60) -> None:
        self.rng = np.random.default_rng(seed)
        self.candles = draw_candles(bars=WARM_UP_BARS + bars, seed=seed)
        self.model = MODELS[int(self.rng.integers(2))]
        self.state = State()
        self.broker = desk.Broker()
        self.events: list[ev.JournalEvent] = []
        self.lost_cancels: Counter[str] = Counter()
        self.held_back: dict[str, list[ev.JournalEvent]] = {}
        self.decisions: list[tuple[ev.JournalEvent, ...]] = []
        self._open()

    def bars(self) -> Iterator[int]:
        """Plays bar after bar; the close of each is handed out when all has been decided."""
        times = self.candles[SYMBOLS[0]].ts_us.tolist()
        for row in range(WARM_UP_BARS, len(times)):
            close_us = times[row] + TIMEFRAME_US
            self._answer_late(close_us)
            self._trade(row, close_us)
            self._move_funds(close_us)
            self._close_bar(row, close_us)
            self._decide(times[row], close_us)
            self._pass_time(close_us)
            if self.rng.random() < 0.03:
                self._activate(row + 1, close_us)
            yield close_us

    def observe(self, *events: ev.JournalEvent) -> None:
        """One look: all of it is folded before anything is done about it."""
        actions: list[tuple[Action, int]] = []
        for event in events:
            advanced = advance(self.state, event)
            self.state = advanced.state
            self.events += advanced.records
            if isinstance(event, ev.DecisionDue):
                self.decisions.append(advanced.records[1:])
            actions += [(action, event.at_us) for action in advanced.actions]
        for action, at_us in actions:
            self._tell(*self._act(action, at_us))

    def _pass_time(self, close_us: int) -> None:
        """Whatever is due within a quarter of a minute is done before the next bar."""
        for second in range(0, 16, 3):
            now_us = close_us + second * SECOND_US
            self._look_at_balances(now_us)
            due = due_us(self.state)
            if due is not None and due <= now_us:
                self.observe(ev.TimePassed(at_us=now_us))

    def _look_at_balances(self, now_us: int) -> None:
        """As the executor does: after a sale was refused, until all is as the books say."""
        account = self.state.account
        if account.refused or account.free or account.unexplained:
            coins = {symbol.partition("/")[0]: q for symbol, q in venue_holdings(self).items()}
            kept = {symbol.partition("/")[0]: self.kept(symbol) for symbol in SYMBOLS}
            totals = {CASH_ASSET: venue_cash(self), **coins}
            self.observe(
                ev.BalancesSeen(at_us=now_us, totals=totals, moves=account.moves, held=kept)
            )

    def _open(self) -> None:
        at_us = int(self.candles[SYMBOLS[0]].ts_us[WARM_UP_BARS])
        limits = msgspec.json.encode(TIGHT).decode()
        self.observe(ev.LimitsRead(at_us=at_us, content=limits))
        for symbol in SYMBOLS:
            fields = msgspec.structs.asdict(instrument_of(symbol))
            self.observe(ev.InstrumentListed(at_us=at_us, **fields))
        self.observe(ev.FundsMoved(at_us=at_us, amount=STARTING_CASH, reason="starting cash"))
        self._activate(WARM_UP_BARS, at_us)

    def _activate(self, row: int, at_us: int) -> None:
        """The first release trades everything; a later one may leave a symbol out."""
        is_first = self.state.release is None
        known = {
            symbol: history.cut(row)
            for symbol, history in self.candles.items()
            if is_first or self.rng.random() < 0.7
        }
        content = encode_content(content_after(known))
        self.observe(
            ev.ReleaseActivated(
                at_us=at_us, release_id=f"r-{row}", fingerprint="f", content=content
            )
        )

    def _trade(self, row: int, close_us: int) -> None:
        for symbol in SYMBOLS:
            traded = desk.trade_bar(
                self.broker,
                symbol,
                self.candles[symbol].bar(row),
                at_us=close_us,
                instrument=instrument_of(symbol),
                model=self.model,
            )
            self.broker = traded.broker
            self._tell(*traded.events)

    def _tell(self, *events: ev.JournalEvent) -> None:
        """What the venue says; nothing is heard of an order whose answer was lost."""
        heard: list[ev.JournalEvent] = []
        for event in events:
            hidden = self.held_back.get(entry_id_of(getattr(event, "order_id", "")))
            if hidden is not None:
                hidden.append(event)
                continue
            heard.append(event)
            if isinstance(event, ev.OrderFilled) and self.rng.random() < 0.2:
                heard.append(event)
        if heard:
            self.observe(*heard)

    def _answer_late(self, at_us: int) -> None:
        for order_id in list(self.held_back):
            if self.rng.random() < 0.5:
                found = self.held_back.pop(order_id)
                lost = ev.OrderClosed(at_us=at_us, order_id=order_id, status="lost")
                self._tell(*(found or [lost]))

    def _act(self, action: Action, at_us: int) -> tuple[ev.JournalEvent, ...]:
        if isinstance(action, LookUp):
            return ()
        if isinstance(action, SendOrder):
            return self._place(action, at_us)
        is_unseen = entry_id_of(action.order_id) in self.held_back
        is_lost = self.rng.random() < 0.2 and self.lost_cancels[action.order_id] < LOST_CANCELS_MAX
        if is_unseen or is_lost:
            self.lost_cancels[action.order_id] += is_lost
            return ()
        made = desk.cancel(self.broker, action.order_id, at_us=at_us)
        self.broker = made.broker
        return made.events

    def _place(self, action: SendOrder, at_us: int) -> tuple[ev.JournalEvent, ...]:
        """Taken, taken without an answer, lost on the way, or an entry refused."""
        order_id, chance = action.order.client_id, self.rng.random()
        if chance < 0.1 and action.order.side == "buy":
            return (ev.OrderRefused(at_us=at_us, order_id=order_id, reason="storm"),)
        if action.order.side == "sell" and self._oversells(action.order):
            reason = "insufficient funds"
            return (ev.OrderRefused(at_us=at_us, order_id=order_id, reason=reason, cause="funds"),)
        unknown = ev.OrderUnknown(at_us=at_us, order_id=order_id, reason="storm")
        if chance < 0.2:
            self.observe(unknown)
            self.held_back[order_id] = []
            return ()
        order = self.state.book.orders.live[order_id]
        made = desk.place(
            self.broker,
            action.order,
            release_id=order.release_id,
            position_id=str(order.position_id),
            at_us=at_us,
        )
        self.broker = made.broker
        if chance < 0.4:
            self.observe(unknown)
            self.held_back[order_id] = [*made.events]
            return ()
        return made.events

    def _oversells(self, order: PlacedOrder) -> bool:
        """A spot venue keeps the coins of each resting sale; nothing is sold twice."""
        return order.quantity > venue_free(self, order.symbol)

    def kept(self, symbol: str) -> Decimal:
        """What resting sales keep."""
        resting = (slip.order for slip in self.broker.slips.values())
        kept = [o.quantity for o in resting if o.side == "sell" and o.symbol == symbol]
        return sum(kept, start=Decimal(0))

    def _move_funds(self, at_us: int) -> None:
        if self.rng.random() < 0.05:
            amount = Decimal(int(self.rng.integers(-500, 500)))
            self.observe(ev.FundsMoved(at_us=at_us, amount=amount, reason="storm"))

    def _close_bar(self, row: int, close_us: int) -> None:
        for symbol in SYMBOLS:
            if self.rng.random() < 0.95:
                candle = msgspec.structs.asdict(self.candles[symbol].candle(row))
                self.observe(ev.CandleClosed(at_us=close_us, **candle))
        ts_us = close_us - TIMEFRAME_US
        self.observe(ev.BarClosed(at_us=close_us, ts_us=ts_us))

    def _decide(self, ts_us: int, close_us: int) -> None:
        for symbol in self.rng.permutation(SYMBOLS).tolist():
            if self.rng.random() < 0.5:
                self.observe(self._wish(symbol, close_us))
        self.observe(ev.DecisionDue(at_us=close_us, ts_us=ts_us))

    def _wish(self, symbol: str, close_us: int) -> ev.SignalAnswered:
        is_exit = self.rng.random() < 0.3
        agent = str(self.rng.choice(AGENTS))
        return ev.SignalAnswered(
            at_us=close_us,
            symbol=symbol,
            agent=agent,
            action="exit" if is_exit else "enter",
            share=float(self.rng.choice([0.0, 0.3, 1.0, 2.0], p=[0.1, 0.4, 0.4, 0.1])),
            stop_fraction=float(self.rng.choice([-0.1, 0.0005, 0.003, 0.1, 0.5])),
            config_id=f"{agent}:{symbol}:storm",
            reasoning="storm",
        )


def venue_cash(storm: Storm) -> Decimal:
    """What the venue has of ours in cash, the slow way: funds, and every trade once."""
    moves = (e for e in storm.events if isinstance(e, ev.FundsMoved))
    funds = sum((e.amount for e in moves if not isinstance(e, ev.FundsFound)), start=Decimal(0))
    for trade in _trades(storm):
        value = trade.quantity * trade.price
        funds += (value if trade.side == "sell" else -value) - trade.fee
    return funds


def _trades(storm: Storm) -> list[ev.OrderFilled]:
    """Every trade that the venue made, told or not yet, once."""
    found = [*storm.events, *(event for held in storm.held_back.values() for event in held)]
    return [*{e.trade_id: e for e in found if isinstance(e, ev.OrderFilled)}.values()]


def venue_holdings(storm: Storm) -> dict[str, Decimal]:
    """What the venue holds for us."""
    holdings = dict.fromkeys(SYMBOLS, Decimal(0))
    for trade in _trades(storm):
        holdings[trade.symbol] += trade.quantity if trade.side == "buy" else -trade.quantity
    return holdings


def venue_free(storm: Storm, symbol: str) -> Decimal:
    """What no resting sale keeps of it."""
    return venue_holdings(storm)[symbol] - storm.kept(symbol)
